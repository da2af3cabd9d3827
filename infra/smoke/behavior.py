"""What an account shows of the questions that AWS's documentation leaves open."""

import json
from datetime import datetime, timezone
from pathlib import Path

# The settings of the embedded lake, under the names that they have in
# Sources/EmbeddedLake/Catalog/LakeBehavior.swift; test_smoke.py compares the two.
SETTINGS = (
    "dropsGrantsWithDatabase",
    "keepsDatabaseProperties",
    "keepsDatabaseComment",
    "refusesNestedLocations",
    "registeringGivesAccess",
    "creatorHoldsEachPermission",
    "refusalOfMissing",
    "revokesWhatIsThere",
    "leavesFolderMark",
    "keepsTagsOfDroppedDatabases",
    "administratorsMayAlter",
)
# What refusalOfMissing calls the errors of AWS.
REFUSALS = {
    "EntityNotFoundException": "entityNotFound",
    "InvalidInputException": "invalidInput",
    "AccessDeniedException": "accessDenied",
}
FILE = Path(__file__).resolve().parents[2] / "out" / "lake_behavior.json"


class Behavior:
    """Values of the settings that this account matches, as far as they were seen, and what was seen."""

    def __init__(self):
        self.values, self.evidence, self.contradicted = dict.fromkeys(SETTINGS), {}, set()

    def settle(self, setting, value, why):
        """Takes down a value. Two that contradict one another leave the question open."""
        if self.values[setting] not in (None, value):
            self.contradicted.add(setting)
        self.values[setting] = None if setting in self.contradicted else value
        self.note(setting, why)

    def note(self, name, why):
        self.evidence[name] = f"{self.evidence[name]}; {why}" if name in self.evidence else why

    def lines(self):
        for setting, value in self.values.items():
            shown = "?" if value is None else json.dumps(value).strip('"')
            yield f"{setting} = {shown}   {self.evidence.get(setting, 'not seen')}"
        for name, why in self.evidence.items():
            if name not in SETTINGS:
                yield f"{name}: {why}"

    def write(self, path, account, region):
        """The format is described in docs/deploy.md."""
        document = {
            "account": account,
            "region": region,
            "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "behavior": self.values,
            "evidence": self.evidence,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
