#!/usr/bin/env python3
"""Changes random lines of the library, one at a time, and reports which changes the tests notice.

`make mutants` calls this, with the servers of the tests running. One build, in a copy of the sources
(.build-mutants/tree), contains all changes of the sample. The environment variable PIP_MUTANT switches one of them on:
17 is the change with this number, 0 the unchanged library. Each change then costs one run of the suites of its folder.
A change that does not compile is dropped, and the next one takes its place.
"""

import argparse
import dataclasses
import hashlib
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".build-mutants"
TREE = WORK / "tree"
SOURCES = "Sources/PipServices"
GENERATED = f"{SOURCES}/Mutants.swift"
LOG = WORK / "log.txt"

# MARK: - What a change may be

# For each operator of expressions: the one that replaces it, its precedence, and its signature.
SAME = "<T: Equatable>(a: T, b: T) -> Bool"
ORDER = "<T: Comparable>(a: T, b: T) -> Bool"
LOGIC = "(a: Bool, b: @autoclosure () throws -> Bool) rethrows -> Bool"
SUM = "<T: AdditiveArithmetic>(a: T, b: T) -> T"
INFIX = {
    "==": ("!=", "Comparison", SAME),
    "!=": ("==", "Comparison", SAME),
    "<": ("<=", "Comparison", ORDER),
    "<=": ("<", "Comparison", ORDER),
    ">": (">=", "Comparison", ORDER),
    ">=": (">", "Comparison", ORDER),
    "&&": ("||", "LogicalConjunction", LOGIC),
    "||": ("&&", "LogicalDisjunction", LOGIC),
    "+": ("-", "Addition", SUM),
    "-": ("+", "Addition", SUM),
}

# For each pattern: what replaces a match, and the code in which PIP_MUTANT selects one of the two. That is a template:
# {0} is the match, {changed} what replaces it, {number} the number of the change, {mark} that number in an operator.
CHANGES = [
    (r" (==|!=|<|<=|>|>=|&&|\|\|) ", lambda match: f" {INFIX[match[1]][0]} ", " {0}{mark} "),
    (r" ([+-]) (?=[\w(])", lambda match: f" {INFIX[match[1]][0]} ", " {0}{mark} "),
    (r"\btrue\b", "false", "mutated({number}, {0}, {changed})"),
    (r"\bfalse\b", "true", "mutated({number}, {0}, {changed})"),
    (r"(?<=[ (\[])\d+(?=[,)\] ])", lambda match: str(int(match[0]) + 1), "mutated({number}, {0}, {changed})"),
    (r"(?<=[ (])!(?=[a-z(])", "", "!{mark}"),
    (r"(?<=\bguard )(?=(?!let |var |case |try )[a-z!][^=]*? else \{)", "true || ", "isMutant({number}) || "),
    (r"(?<=\bif )(?=[a-z!(][^={]*? \{)", "false && ", "!isMutant({number}), "),
]

# Statements of one line: the change is to leave them out.
STATEMENT = re.compile(r"(?<=\s)[a-z](\w*(\.\w+)*\(.*\)|[\w.]* [-+]?= .*)$")

# What AllDrivers leaves out, with the code that was generated for it, and lines that are no behaviour of the program.
LEFT_OUT = re.compile(r"/Drivers/GRPC/|\.docc/")
NO_CODE = re.compile(
    r"\s*(@|import |#|([\w()]+ )*(func|init|struct|enum|actor|class|protocol|extension|subscript)\b)"
    r"|.*\breserveCapacity\("
)
# The first characters of a line that continues a statement.
CONTINUATION = re.compile(r"\s*([.?:&|+\-*/=<>,)\]]|else\b|as\b)")


@dataclasses.dataclass
class Change:
    name: str
    line: int
    before: str
    start: int
    end: int
    readable: str
    switched: str

    def place(self):
        return f"{self.name}:{self.line + 1}"

    def shown(self):
        return (self.before[: self.start] + self.readable + self.before[self.end :]).strip() or "(removed)"

    def original(self):
        return self.before[self.start : self.end].strip()

    def code(self, number):
        inserted = self.switched.format(self.original(), changed=self.readable, number=number, mark=mark(number))
        return self.before[: self.start] + inserted + self.before[self.end :]

    def operators(self, number):
        """The declarations of the operators in `code`."""
        operator = self.original()
        own = operator + mark(number)
        if "{mark}" not in self.switched:
            return []
        if operator == "!":
            body = f"isMutant({number}) ? a : !a"
            return [f"prefix operator {own}", f"public prefix func {own}(a: Bool) -> Bool {{ {body} }}"]
        other, precedence, signature = INFIX[operator]
        right = "b()" if signature == LOGIC else "b"
        body = f"{'try ' if signature == LOGIC else ''}isMutant({number}) ? a {other} {right} : a {operator} {right}"
        lines = [f"infix operator {own}: {precedence}Precedence", f"public func {own} {signature} {{ {body} }}"]
        if signature == SAME:
            lines.append(f"public func {own} <T>(a: T?, b: _OptionalNilComparisonType) -> Bool {{ {body} }}")
        return lines


def mark(number):
    """A number in two braille characters, which Swift allows in operators."""
    return "".join(chr(0x2801 + digit) for digit in divmod(number, 255))


# MARK: - Where changes are possible


def code_of(text):
    """The text with quotes in place of string literals, and slashes in place of comments."""
    code, position = [], 0
    opening = re.compile(r'//[^\n]*|/\*.*?\*/|(#*)("""|")', re.S)
    while found := opening.search(text, position):
        end = end_of_string(text, found.end(), found[2], found[1]) if found[2] else found.end()
        code.append(text[position : found.start()])
        code.append(re.sub(r"[^\n]", '"' if found[2] else "/", text[found.start() : end]))
        position = end
    return "".join(code) + text[position:]


def end_of_string(text, position, quote, hashes):
    while not text.startswith(quote + hashes, position):
        if not text.startswith("\\" + hashes, position):
            position += 1
            continue
        position += 1 + len(hashes)
        depth = 0
        while True:
            if depth and (nested := re.compile(r'(#*)("""|")').match(text, position)):
                position = end_of_string(text, nested.end(), nested[2], nested[1])
                continue
            depth += {"(": 1, ")": -1}.get(text[position], 0)
            position += 1
            if depth == 0:
                break
    return position + len(quote + hashes)


def statement_lines(code):
    """The numbers of the lines that begin in a block, not within parentheses."""
    open_brackets, found = [], set()
    for number, line in enumerate(code):
        if open_brackets[-1:] == ["{"]:
            found.add(number)
        for bracket in re.findall(r"[(\[{}\])]", line):
            if bracket in "([{":
                open_brackets.append(bracket)
            elif open_brackets:
                open_brackets.pop()
    return found


def compiled_lines(lines):
    """The numbers of the lines that AllDrivers compiles. The other branches of `#if` are left out."""
    branches, found = [], set()
    for number, line in enumerate(lines):
        directive = line.split(maxsplit=1) or [""]
        if directive[0] == "#if":
            branches.append("!" not in line and directive[1].strip() != "PIP_GRPC")
        elif directive[0] in ("#else", "#elseif"):
            branches[-1] = False
        elif directive[0] == "#endif":
            branches.pop()
        elif all(branches):
            found.add(number)
    return found


def possible_changes():
    """All of them, in an order that depends on the files' texts alone."""
    found = []
    for path in sorted((ROOT / SOURCES).rglob("*.swift")):
        name = path.relative_to(ROOT).as_posix()
        if not LEFT_OUT.search(name):
            found += changes_of(name, path.read_text())
    return found


def changes_of(name, text):
    lines, code = text.split("\n"), code_of(text).split("\n")
    statements, compiled = statement_lines(code), compiled_lines(code)
    for number, (line, bare) in enumerate(zip(lines, code)):
        if number not in compiled or '"""' in line or NO_CODE.match(bare):
            continue
        for pattern, readable, switched in CHANGES:
            for match in re.finditer(pattern, bare):
                changed = readable(match) if callable(readable) else readable
                yield Change(name, number, line, match.start(), match.end(), changed, switched)
        match = STATEMENT.search(bare)
        if match and not bare[: match.start()].strip() and number in statements and balanced(bare):
            if not CONTINUATION.match(code[number + 1]):
                yield Change(name, number, line, match.start(), match.end(), "", "if !isMutant({number}) {{ {0} }}")


def balanced(line):
    return all(line.count(opening) == line.count(closing) for opening, closing in ("()", "[]", "{}"))


def suites(name):
    """The names of the suites of the folder that a file belongs to. Those that read the sources are left out."""
    tests = ROOT / "Tests/PipServicesTests"
    folder = pathlib.PurePosixPath(name).relative_to(SOURCES).parent
    while True:
        names = set()
        for path in sorted((tests / folder).rglob("*.swift")):
            if "Architecture" not in path.parts:
                names.update(re.findall(r"^@Suite\b[^{]*?(?:class|struct|actor|enum) (\w+)", path.read_text(), re.M))
        if names or not folder.parts:
            return names
        folder = folder.parent


# MARK: - The build


def write_tree(chosen):
    """Copies what git knows or would take in, with the chosen changes. A file that stays as it is keeps its date."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, check=True,
        capture_output=True,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()}
    contents = {GENERATED: generated(chosen).encode()}
    for name in {change.name for change in chosen.values()}:
        lines = (ROOT / name).read_text().split("\n")
        for number, change in chosen.items():
            if change.name == name:
                lines[change.line] = change.code(number)
        contents[name] = "\n".join(lines).encode()
    for name in sorted(names | contents.keys()):
        source, target = ROOT / name, TREE / name
        content = contents[name] if name in contents else source.read_bytes()
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            if source.exists():
                shutil.copymode(source, target)
    for folder in ("Sources", "Tests", "CDrivers", "Examples"):
        for path in (TREE / folder).rglob("*"):
            name = path.relative_to(TREE).as_posix()
            if path.is_file() and name not in names and name != GENERATED:
                path.unlink()


def generated(chosen):
    """Public, since default arguments of public functions call them."""
    lines = [
        "import Glibc",
        "",
        'public let activeMutant = getenv("PIP_MUTANT").flatMap { Int(String(cString: $0)) } ?? 0',
        "public func isMutant(_ number: Int) -> Bool { activeMutant == number }",
        "public func mutated<T>(_ number: Int, _ original: T, _ changed: T) -> T {",
        "    activeMutant == number ? changed : original",
        "}",
    ]
    for number, change in sorted(chosen.items()):
        lines += change.operators(number)
    return "\n".join(lines) + "\n"


def failing(log, chosen):
    """The numbers of the changes that cause the errors in a compiler's log.

    These are the changes in the lines of the errors. If a file has none (a function lacks a return at its end), they
    are those nearest to the errors.
    """
    errors = {}
    for name, line in re.findall(rf"^{re.escape(str(TREE))}/(\S+?):(\d+):\d+: error:", log, re.M):
        errors.setdefault(name, set()).add(int(line) - 1)
    found = set()
    for name, lines in errors.items():
        changes = {change.line: number for number, change in chosen.items() if change.name == name}
        for line in lines & changes.keys() or lines:
            if changes:
                found.add(changes[min(changes, key=lambda changed: abs(changed - line))])
    return found


def compile_sample(changes, count, compiles):
    """Drops changes until `compiles` returns None, not the compiler's log. Returns at least `count` changes by number.

    What does not compile is stored for the next call with the same changes.
    """
    digest = hashlib.sha256(repr(changes).encode()).hexdigest()[:16]
    store = WORK / f"dropped-{digest}.txt"
    dropped = set(map(int, store.read_text().split())) if store.exists() else set()
    window = count + count // 3
    while True:
        chosen = first_of_each_line(changes[:window], dropped)
        while len(chosen) < count and window < len(changes):
            window += count // 3 + 1
            chosen = first_of_each_line(changes[:window], dropped)
        write_tree(chosen)
        print(f"compiling {len(chosen)} changes", flush=True)
        log = compiles()
        if log is None:
            return chosen
        bad = failing(log, chosen)
        if not bad:
            raise SystemExit(f"the build fails for another reason: see {LOG}")
        print(f"{len(bad)} of them do not compile", flush=True)
        dropped |= bad
        store.write_text(" ".join(map(str, sorted(dropped))))


def first_of_each_line(changes, dropped):
    chosen = {}
    for number, change in enumerate(changes, 1):
        if number not in dropped:
            chosen.setdefault(change.place(), (number, change))
    return dict(chosen.values())


# MARK: - Runs


def run(command, seconds, **environment):
    """The exit code, or None when the time was not enough. The whole process group ends with it."""
    with open(LOG, "wb") as output:
        process = subprocess.Popen(
            command, cwd=TREE, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def build():
    """None when all is built, or the log."""
    command = [os.environ.get("SWIFT", "swift"), "build", "--traits", "default,AllDrivers"]
    command += ["--disable-index-store", "-debug-info-format", "none"]
    for part in (["--target", "PipServices"], ["--build-tests"]):
        if run(command + part, 7200) != 0:
            return LOG.read_text(errors="replace")
    return None


def test(number, names, arguments, seconds):
    """What the suites say about a change, and the first test that fails."""
    executable = next((TREE / ".build/debug").glob("*.xctest"))
    pattern = r"PipServicesTests\.(" + "|".join(sorted(names)) + r")/"
    command = [executable, "--testing-library", "swift-testing", "--parallel", *arguments, "--filter", pattern]
    code = run(command, seconds, PIP_MUTANT=str(number), SWIFT_BACKTRACE="enable=no")
    log = LOG.read_text(errors="replace")
    issue = re.search(r"(?:Test|Suite) (.*) recorded an issue", log)
    if "Test run with 0 tests" in log:
        raise SystemExit(f"no test matches {pattern}")
    if code == 0:
        return "unnoticed", ""
    return "hang" if code is None else "assertion" if issue else "crash", issue[1] if issue else ""


def test_unchanged(names, arguments):
    """Before the changes, since tests may fail anyway; after them, since a change may have damaged a server."""
    print("testing the unchanged library", flush=True)
    result, issue = test(0, names, arguments, 3600)
    if result != "unnoticed":
        raise SystemExit(f"the unchanged library fails, so the results mean nothing: {result} {issue}, see {LOG}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="how many changes to try (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="another sample of changes (default: 1)")
    parser.add_argument("--only", default="", help="only files whose path contains this text")
    parser.add_argument("--seconds", type=int, default=300, help="the longest run of a folder's suites (default: 300)")
    parser.add_argument("--all", action="store_true", help="run all suites for a change that those of its folder miss")
    parser.add_argument("--list", action="store_true", help="print changes, including those that don't compile")
    parser.add_argument("--test-arguments", default="", help="further arguments of each run of tests")
    options = parser.parse_args()

    changes = [change for change in possible_changes() if options.only in change.name]
    random.Random(options.seed).shuffle(changes)
    if options.list:
        for number, change in enumerate(changes[: options.count], 1):
            print(f"{number:4} {change.place()}: {change.shown()}")
        return 0

    TREE.mkdir(parents=True, exist_ok=True)
    sample = dict(list(compile_sample(changes, options.count, build).items())[: options.count])
    arguments = options.test_arguments.split()
    everything = suites(f"{SOURCES}/")
    concerned = everything if options.all else set().union(*(suites(change.name) for change in sample.values()))
    test_unchanged(concerned, arguments)

    results = []
    for number, change in sample.items():
        started = time.monotonic()
        result, issue = test(number, suites(change.name), arguments, options.seconds)
        if result == "unnoticed" and options.all:
            elsewhere, issue = test(number, everything, arguments, 4 * options.seconds)
            result = "elsewhere" if elsewhere != "unnoticed" else result
        results.append(result)
        took = time.monotonic() - started
        print(f"{number:4} {result:10} {took:5.0f} s  {change.place()}  {issue}", flush=True)
        print(f"     - {change.before.strip()}\n     + {change.shown()}", flush=True)

    print()
    for kind in ("assertion", "elsewhere", "hang", "crash", "unnoticed"):
        print(f"{results.count(kind):5} {kind}")
    noticed = results.count("assertion")
    print(f"{noticed} of {len(results)} were noticed by an assertion.")
    test_unchanged(concerned, arguments)
    return 0 if noticed >= 0.85 * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
