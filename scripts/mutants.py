#!/usr/bin/env python3
"""Breaks random lines of the library, one at a time, and reports which of them the tests notice.

`make mutants` calls this, with the servers of the tests running. It works in a copy of the sources, .build-mutants/tree, whose build it keeps. Each change is
made to one line of Sources/PipServices, the tests are built, the suites of the same folder run, and the line is put back.
A change that does not compile is replaced by the next. What a change may be is in OPERATORS.
"""

import argparse
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

# Pattern, replacement. Each occurrence of a pattern in the code of a line is a candidate.
OPERATORS = [
    (re.compile(r" == "), " != "),
    (re.compile(r" != "), " == "),
    (re.compile(r" < "), " <= "),
    (re.compile(r" <= "), " < "),
    (re.compile(r" > "), " >= "),
    (re.compile(r" >= "), " > "),
    (re.compile(r" && "), " || "),
    (re.compile(r" \|\| "), " && "),
    (re.compile(r" \+ (?=[\w(])"), " - "),
    (re.compile(r" - (?=[\w(])"), " + "),
    (re.compile(r"\btrue\b"), "false"),
    (re.compile(r"\bfalse\b"), "true"),
    (re.compile(r"(?<=[ (])!(?=[a-z(])"), ""),
    (re.compile(r"(?<=\bguard )(?=[a-z!][^=]*? else \{)"), "true || "),
    (re.compile(r"(?<=\bif )(?=[a-z!(][^={]*? \{)"), "false && "),
    (re.compile(r"^(\s+)[a-z]\w*(\.\w+)*\(.*\)$"), r"\1"),
    (re.compile(r"^(\s+)[a-z][\w.]* [-+]?= .*$"), r"\1"),
    (re.compile(r"(?<=[ (\[])\d+(?=[,)\] ])"), lambda match: str(int(match[0]) + 1)),
]

# Generated code, what AllDrivers leaves out, and lines that are no behaviour of the program.
LEFT_OUT = re.compile(r"/Drivers/GRPC/|\.docc/")
NO_CODE = re.compile(r"^\s*(//|@|import |#|\*|([\w()]+ )*(func|init|struct|enum|actor|class|protocol|extension|subscript)\b)")


def expand(match, replacement):
    return replacement(match) if callable(replacement) else match.expand(replacement)


def candidates():
    """Each (file, line number, new text), in an order that depends on the files' texts alone."""
    found = []
    for path in sorted((ROOT / SOURCES).rglob("*.swift")):
        name = path.relative_to(ROOT).as_posix()
        if LEFT_OUT.search(name):
            continue
        quoted = False
        for number, line in enumerate(path.read_text().split("\n")):
            if line.count('"""') % 2:
                quoted = not quoted
            if quoted or '"""' in line or NO_CODE.match(line):
                continue
            for pattern, replacement in OPERATORS:
                for match in pattern.finditer(line):
                    if line[: match.start()].count('"') % 2 or "//" in line[: match.start()]:
                        continue
                    changed = line[: match.start()] + expand(match, replacement) + line[match.end() :]
                    if changed != line:
                        found.append((name, number, changed))
    return found


def suites(name):
    """A pattern for the test identifiers of the folder that a file belongs to."""
    tests = ROOT / "Tests/PipServicesTests"
    folder = pathlib.PurePosixPath(name).relative_to(SOURCES).parent
    while folder.parts and not (tests / folder).is_dir():
        folder = folder.parent
    names = set()
    for path in sorted((tests / folder).rglob("*.swift")):
        names.update(re.findall(r"^@Suite\b[^{]*?(?:class|struct|actor|enum) (\w+)", path.read_text(), re.M))
    return r"PipServicesTests\.(" + "|".join(sorted(names)) + r")/"


def copy_tree():
    """The files that git knows, and those that it would take in."""
    TREE.mkdir(parents=True, exist_ok=True)
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in sorted(wanted):
        source, target = ROOT / name, TREE / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for folder in ("Sources", "Tests", "CDrivers", "Examples"):
        for path in (TREE / folder).rglob("*"):
            if path.is_file() and path.relative_to(TREE).as_posix() not in wanted:
                path.unlink()


def run(command, log, seconds):
    """The exit code, or None when the time was not enough. The whole process group ends with it."""
    with open(log, "wb") as output:
        process = subprocess.Popen(command, cwd=TREE, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
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


def outcome(code, log):
    text = log.read_text(errors="replace")
    if code == 0:
        return "unnoticed"
    if code is None:
        return "hang"
    if re.search(r"recorded an issue", text):
        return "assertion"
    return "crash"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=100, help="how many changes to try (default: 100)")
    parser.add_argument("--seed", type=int, default=1, help="another sample of changes (default: 1)")
    parser.add_argument("--only", default="", help="only files whose path contains this text")
    parser.add_argument("--seconds", type=int, default=300, help="the longest run of tests, in seconds (default: 300)")
    parser.add_argument("--list", action="store_true", help="print the changes and end")
    options = parser.parse_args()

    found = [one for one in candidates() if options.only in one[0]]
    random.Random(options.seed).shuffle(found)
    if options.list:
        for name, number, changed in found[: options.count]:
            print(f"{name}:{number + 1}: {changed.strip() or '(removed)'}")
        return 0

    copy_tree()
    swift = os.environ.get("SWIFT", "swift")
    build = [swift, "build", "--build-tests", "--traits", "default,AllDrivers"]
    log = WORK / "log.txt"
    print("building the unchanged tests", flush=True)
    if run(build, log, 3600) != 0:
        print(f"the unchanged tests do not build: see {log}", file=sys.stderr)
        return 1

    results = []
    for name, number, changed in found:
        if len(results) == options.count:
            break
        path, suite = TREE / name, suites(name)
        text = path.read_text()
        lines = text.split("\n")
        before = lines[number]
        lines[number] = changed
        started = time.monotonic()
        try:
            path.write_text("\n".join(lines))
            if run(build, log, 1800) != 0:
                continue
            test = [swift, "test", "--skip-build", "--disable-xctest", "--traits", "default,AllDrivers", "--filter", suite]
            result = outcome(run(test, log, options.seconds), log)
        finally:
            path.write_text(text)
        results.append(result)
        took = time.monotonic() - started
        print(f"{len(results):4} {result:10} {took:5.0f} s  {name}:{number + 1}", flush=True)
        print(f"     - {before.strip()}\n     + {changed.strip()}", flush=True)

    print()
    for kind in ("assertion", "hang", "crash", "unnoticed"):
        print(f"{results.count(kind):5} {kind}")
    noticed = results.count("assertion")
    print(f"{noticed} of {len(results)} were noticed by an assertion.")
    return 0 if noticed >= 0.85 * len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
