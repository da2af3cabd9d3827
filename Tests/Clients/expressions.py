"""Makes up expressions in JSONata and data for them, from a seed."""
import json
import random

TEXTS = ["", "a", "abc", "hello world", "A-b_c", "é", "x,y,,z", " padded  text ", "10", "3.5", "2018-02-03"]
FILLERS = ['"#"', '"ab"', '" "']
PATTERNS = ['"a"', '/[a-c]/', '/l+/', '/(b)(c)?/']
REPLACEMENTS = ['"-"', '"$0$0"', '"<$1>"']
SEPARATORS = ['","', '""', '/[ ,]/']
NUMBER_PICTURES = ['"#,##0.00"', '"0.0#"', '"000"', '"0%"']
INTEGER_PICTURES = ['"I"', '"w"', '"a"', '"#,##0"', '"0;o"']
TIME_PICTURES = ['"[Y]-[M01]-[D01]"', '"[FNn] [D1o] [MNn]"', '"[H01]:[m]:[s] [P]"', '"[X]-[W]"']
BYTES = ['"hello"', '""', '"ab"']
PARTS = ['"a"', '/^a/', '/[0-9]+/']
NAMES = ["a", "b", "c", "d", "list", "items", "name"]


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.variables = []

    def pick(self, *choices):
        return self.random.choice(choices)

    def document(self, depth=3):
        kind = self.random.random()
        if depth == 0 or kind < 0.35:
            return self.random.choice([None, True, False, 0, 1, 2, -3, 2.5, 10, 100, *TEXTS])
        if kind < 0.6:
            size = self.random.choice([0, 1, 2, 3])
            if self.random.random() < 0.6:
                make = self.random.choice([lambda: self.random.randint(-5, 20), lambda: self.random.choice(TEXTS),
                                           lambda: self.members(depth - 1)])
                return [make() for _ in range(size)]
            return [self.document(depth - 1) for _ in range(size)]
        return self.members(depth - 1)

    def members(self, depth):
        names = self.random.sample(NAMES, self.random.randint(0, 4))
        return {name: self.document(depth) for name in names}

    def number(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            return self.pick("0", "1", "2", "7", "-3", "2.5", "10", "100", "0.1", "1e3")
        inner = depth - 1
        return self.pick(
            lambda: f"({self.number(inner)} {self.pick('+', '-', '*', '/', '%')} {self.number(inner)})",
            lambda: f"$sum({self.numbers(inner)})", lambda: f"$count({self.value(inner)})",
            lambda: f"$max({self.numbers(inner)})", lambda: f"$min({self.numbers(inner)})",
            lambda: f"$average({self.numbers(inner)})", lambda: f"$abs({self.number(inner)})",
            lambda: f"$floor({self.number(inner)})", lambda: f"$ceil({self.number(inner)})",
            lambda: f"$round({self.number(inner)}, {self.pick('0', '1', '2', '-1')})",
            lambda: f"$length({self.text(inner)})", lambda: f"$number({self.text(inner)})",
            lambda: f"$power({self.number(inner)}, {self.pick('0', '1', '2', '3')})",
            lambda: f"$sqrt($abs({self.number(inner)}))", lambda: f"(-{self.number(inner)})",
            lambda: f"$reduce({self.numbers(inner)}, function($p, $q) {{ $p {self.pick('+', '-', '*')} $q }})",
        )()

    def numbers(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            return self.pick("[1, 2, 3]", "[]", "[5]", "[3, 1, 2]", "[1..4]", "[-1, 2.5]")
        inner = depth - 1
        return self.pick(
            lambda: f"[{self.number(inner)}, {self.number(inner)}]", lambda: f"$sort({self.numbers(inner)})",
            lambda: f"$reverse({self.numbers(inner)})", lambda: f"$append({self.numbers(inner)}, {self.numbers(inner)})",
            lambda: f"$map({self.numbers(inner)}, function($v, $i) {{ $v {self.pick('+', '*')} $i }})",
            lambda: f"$filter({self.numbers(inner)}, function($v) {{ $v {self.comparison()} {self.number(0)} }})",
            lambda: f"{self.numbers(inner)}[$ {self.comparison()} {self.number(0)}]",
            lambda: f"{self.numbers(inner)}[{self.pick('0', '-1', '1', '[0, 1]')}]",
            lambda: f"{self.numbers(inner)}^({self.pick('', '>', '<')}$)",
            lambda: f"[{self.pick('0', '1', '-2')}..{self.pick('3', '0', '5')}]",
        )()

    def comparison(self):
        return self.pick("=", "!=", "<", "<=", ">", ">=")

    def text(self, depth):
        if depth == 0 or self.random.random() < 0.3:
            return json.dumps(self.random.choice(TEXTS), ensure_ascii=False)
        inner = depth - 1
        return self.pick(
            lambda: f"({self.text(inner)} & {self.value(inner)})", lambda: f"$uppercase({self.text(inner)})",
            lambda: f"$lowercase({self.text(inner)})", lambda: f"$trim({self.text(inner)})",
            lambda: f"$substring({self.text(inner)}, {self.pick('0', '1', '-2', '3')}, {self.pick('1', '2', '0')})",
            lambda: f"$substringBefore({self.text(inner)}, {self.text(0)})",
            lambda: f"$substringAfter({self.text(inner)}, {self.text(0)})",
            lambda: f"$pad({self.text(inner)}, {self.pick('5', '-5', '0', '3')}, {self.pick(*FILLERS)})",
            lambda: f"$replace({self.text(inner)}, {self.pick(*PATTERNS)}, "
                    f"{self.pick(*REPLACEMENTS)})",
            lambda: f"$join($split({self.text(inner)}, {self.pick(*SEPARATORS)}), \"|\")",
            lambda: f"$string({self.value(inner)})", lambda: f"$type({self.value(inner)})",
            lambda: f"$formatNumber({self.number(inner)}, {self.pick(*NUMBER_PICTURES)})",
            lambda: f"$formatBase({self.number(inner)}, {self.pick('2', '16')})",
            lambda: f"$formatInteger({self.pick('1', '14', '1999', '42')}, {self.pick(*INTEGER_PICTURES)})",
            lambda: f"$fromMillis({self.pick('0', '1521801216617', '951782400000')}, "
                    f"{self.pick(*TIME_PICTURES)})",
            lambda: f"$base64encode({self.pick(*BYTES)})",
            lambda: f"$encodeUrlComponent({self.text(inner)})",
        )()

    def boolean(self, depth):
        if depth == 0:
            return self.pick("true", "false")
        inner = depth - 1
        return self.pick(
            lambda: f"({self.number(inner)} {self.comparison()} {self.number(inner)})",
            lambda: f"({self.text(inner)} {self.pick('=', '!=', '<', '>')} {self.text(inner)})",
            lambda: f"({self.boolean(inner)} {self.pick('and', 'or')} {self.boolean(inner)})",
            lambda: f"$not({self.value(inner)})", lambda: f"$boolean({self.value(inner)})",
            lambda: f"$exists({self.value(inner)})", lambda: f"({self.number(inner)} in {self.numbers(inner)})",
            lambda: f"$contains({self.text(inner)}, {self.pick(*PARTS)})",
            lambda: f"({self.value(inner)} {self.pick('=', '!=')} {self.value(inner)})",
        )()

    def path(self, depth):
        steps = [self.pick(*NAMES, "$", "*") if self.random.random() < 0.9 else "**"]
        for _ in range(self.random.randint(0, 3)):
            steps.append(self.random.choice(NAMES + ["*", "$"]))
        text = ".".join(
            step + (self.pick("[0]", "[-1]", f"[{self.pick(*NAMES)} {self.comparison()} {self.number(0)}]", "[]", "[$ = 1]")
                    if self.random.random() < 0.2 and step != "**" else "")
            for step in steps)
        if depth > 0 and self.random.random() < 0.2:
            text += self.pick(
                lambda: f".({self.value(depth - 1)})", lambda: f".{{\"k\": {self.value(depth - 1)}}}",
                lambda: f"{{$type($): $count($)}}", lambda: f"^({self.pick(*NAMES)})", lambda: f".[{self.value(depth - 1)}]",
            )()
        return text

    def value(self, depth):
        if depth <= 0:
            return self.pick(self.path(0), self.number(0), self.text(0), self.boolean(0), "null")
        inner = depth - 1
        return self.pick(
            lambda: self.path(depth), lambda: self.path(depth), lambda: self.path(depth),
            lambda: self.number(depth), lambda: self.text(depth), lambda: self.boolean(depth),
            lambda: self.numbers(depth),
            lambda: f"({self.boolean(inner)} ? {self.value(inner)} : {self.value(inner)})",
            lambda: f"[{self.value(inner)}, {self.value(inner)}]", lambda: f"[{self.value(inner)}]",
            lambda: f"{{\"x\": {self.value(inner)}, \"y\": {self.value(inner)}}}",
            lambda: f"($v := {self.value(inner)}; [$v, $v])", lambda: f"$keys({self.path(inner)})",
            lambda: f"$lookup({self.path(inner)}, \"a\")", lambda: f"$spread({self.path(inner)})",
            lambda: f"$merge([{{\"a\": 1}}, {{\"b\": {self.value(inner)}}}])",
            lambda: f"$each({{\"p\": {self.value(inner)}}}, function($w, $k) {{ $k & $string($w) }})",
            lambda: f"$zip({self.numbers(inner)}, {self.numbers(inner)})",
            lambda: f"$sift({{\"p\": 1, \"q\": 20}}, function($w) {{ $w > {self.number(0)} }})",
            lambda: f"$map({self.path(inner)}, function($w) {{ $type($w) }})",
            lambda: f"{self.numbers(inner)} ~> {self.pick('$sum', '$count', '$reverse', '$string')}",
            lambda: f"({{\"a\": {self.value(inner)}, \"b\": 2}} ~> | $ | {{\"c\": b}}, \"a\" |)",
            lambda: f"$match({self.text(inner)}, /([a-z])([0-9])?/)",
        )()
