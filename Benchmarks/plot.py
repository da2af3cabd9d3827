"""Draws rooms per second against the number of rooms, both logarithmic, as SVG."""

import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 360, 70, 170, 24, 52


def plot(series: dict[str, list[tuple[float, float]]], x_title: str, y_title: str) -> str:
    """The drawing, of lists of (x, y) by their names. A list of one point is a level that holds everywhere."""
    longest = max(series.values(), key=len)
    low_x, high_x = math.log10(longest[0][0]), max(math.log10(longest[-1][0]), math.log10(longest[0][0]) + 1)
    values = [y for points in series.values() for _, y in points]
    low_y, high_y = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def x(value):
        return LEFT + (math.log10(value) - low_x) / (high_x - low_x) * (WIDTH - LEFT - RIGHT)

    def y(value):
        return HEIGHT - BOTTOM - (math.log10(value) - low_y) / (high_y - low_y) * (HEIGHT - TOP - BOTTOM)

    def text(left, top, words, anchor="middle", color="#555", more=""):
        return f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" fill="{color}"{more}>{words}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for power in range(low_y, high_y + 1):
        level = y(10**power)
        parts.append(f'<path d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(text(LEFT - 8, level + 4, f"{10**power:,}", "end"))
    for power in range(math.ceil(low_x), math.floor(high_x) + 1):
        parts.append(text(x(10**power), HEIGHT - BOTTOM + 18, f"{10**power:,}"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 12, x_title))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(text(16, middle, y_title, more=f' transform="rotate(-90 16 {middle:.0f})"'))
    colors = ["#1f6feb", "#8b949e", "#d1242f"]
    for (name, points), color in zip(series.items(), colors):
        if len(points) == 1:
            level, dashes = y(points[0][1]), ' stroke-dasharray="6 4"'
            path = f"M{LEFT} {level:.1f}H{WIDTH - RIGHT}"
        else:
            level, dashes = y(points[-1][1]), ""
            path = "M" + "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in points)
            parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{color}"/>' for a, b in points]
        parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"{dashes}/>')
        parts.append(text(WIDTH - RIGHT + 8, level + 4, name, "start", color))
    return "\n".join(parts + ["</svg>", ""])
