"""Checks the symmetry table against the symbol graph of the module.

    python3 scripts/check_symmetry.py docs/symmetry.md <folder of symbol graphs>

The form of the table is told at the top of docs/symmetry.md. Exits 1 and names each problem.
"""
import json
import pathlib
import re
import sys

TYPES = {"swift.class", "swift.actor", "swift.struct", "swift.enum", "swift.protocol", "swift.typealias"}
BEYOND = "Beyond the toolkit"


def code_spans(text):
    return re.findall(r"`([^`]+)`", text)


class Module:
    """The public names of the module, from its symbol graphs."""

    def __init__(self, folder):
        self.names = set()
        self.types = set()
        self.documented = 0
        self.undocumented = {}  # (file, line, name), to list a symbol once that is in several graphs
        for path in sorted(folder.glob("*.symbols.json")):
            extends_another = "@" in path.name
            for symbol in json.loads(path.read_text(encoding="utf-8"))["symbols"]:
                self.add(symbol, extends_another)

    def add(self, symbol, extends_another):
        path = symbol["pathComponents"]
        name = ".".join(path)
        self.names.add(name)
        kind = symbol["kind"]["identifier"]
        if len(path) == 1 and not extends_another and kind in TYPES:
            self.types.add(name)
        # What the compiler or a protocol's extension adds to a type has no place of its own in the sources.
        if "location" not in symbol or "::SYNTHESIZED::" in symbol["identifier"]["precise"] \
                or kind == "swift.extension":
            return
        if symbol.get("docComment", {}).get("lines"):
            self.documented += 1
        else:
            file = symbol["location"]["uri"].split("/Sources/")[-1]
            line = symbol["location"]["position"]["line"] + 1
            self.undocumented[(file, line, name)] = f"Sources/{file}:{line}: {name} has no doc comment"


class Table:
    """The rows and list items of docs/symmetry.md."""

    def __init__(self, path):
        self.toolkit = {}  # name: line number
        self.mapped = 0
        self.without = 0
        self.swift = []  # (name, line number)
        self.problems = []
        section, columns, fenced = "", None, False
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line = line.strip()
            if line.startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            if line.startswith("#"):
                section = line.lstrip("#").strip()
            if not line.startswith("|"):
                columns = None
                if section == BEYOND and line.startswith(("- ", "* ")):
                    self.add_beyond(number, line[2:])
                continue
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            if columns is None:
                columns = cells
                if "Toolkit" not in columns or "Swift" not in columns:
                    self.problem(number, "a table needs the columns Toolkit and Swift")
                    columns = []
            elif columns and not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
                row = dict(zip(columns, cells))
                self.add_row(number, row.get("Toolkit", "").strip("`"), row.get("Swift", ""))

    def problem(self, number, text):
        self.problems.append(f"docs/symmetry.md:{number}: {text}")

    def add_row(self, number, toolkit, swift):
        if not toolkit:
            return self.problem(number, "the row has no toolkit name")
        if toolkit in self.toolkit:
            self.problem(number, f"{toolkit} stands in line {self.toolkit[toolkit]} already")
        self.toolkit[toolkit] = number
        if swift.startswith("–"):
            self.without += 1
            if not swift.strip("– "):
                self.problem(number, f"{toolkit} has no counterpart and no reason")
            return
        names = code_spans(swift)
        if not names:
            return self.problem(number, f"{toolkit} has neither a Swift name in backticks nor – and a reason")
        self.mapped += 1
        self.swift += [(name, number) for name in names]

    def add_beyond(self, number, text):
        match = re.fullmatch(r"((?:`[^`]+`(?:, )?)+)(.*)", text)
        if not match or not match[2].strip(": –-"):
            return self.problem(number, "an item reads: - `Name`: what it is")
        self.swift += [(name, number) for name in code_spans(match[1])]


def check(module, table):
    """The problems of all three checks."""
    problems = list(table.problems)
    # Most builds are without gRPC, and know nothing of its types.
    has_grpc = "GRPCEndpoint" in module.types
    for name, number in table.swift:
        if name not in module.names and (has_grpc or "GRPC" not in name):
            near = sorted(known for known in module.names if known.split("(")[0] == name.split("(")[0])
            hint = f"; there is {', '.join(near)}" if near else ""
            problems.append(f"docs/symmetry.md:{number}: the module has no public {name}{hint}")
    named = {name.split(".")[0] for name, _ in table.swift}
    for name in sorted(module.types - named):
        problems.append(f"docs/symmetry.md: the public type {name} is named neither in a table nor under {BEYOND}")
    return problems + [text for _, text in sorted(module.undocumented.items())]


def main():
    module = Module(pathlib.Path(sys.argv[2]))
    table = Table(pathlib.Path(sys.argv[1]))
    problems = check(module, table)
    for problem in problems:
        print(problem)
    missing = len(module.undocumented)
    print(f"doc comments: {module.documented} of {module.documented + missing} public symbols, {missing} missing")
    print(f"symmetry: {len(table.toolkit)} toolkit names, {table.mapped} mapped, "
          f"{table.without} without counterpart (each with a reason), {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
