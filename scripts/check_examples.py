"""Type-checks every ```swift block in docs, the documentation catalog and doc comments, in one call of the compiler.

    python3 scripts/check_examples.py <swiftc> <SwiftPM's debug.yaml> <folder for the files>

Each block becomes a file of a module, whose messages name the place of the block:

- An extension, `@main` and `@Test` stay at file level.
- What begins with `static` or `private` is the member of a class.
- Anything else is the body of a function of that class.

`...` and `…` stand for any code. Names that blocks use without declaring them are in Tests/Examples/Context.swift.
Exits 1 with the compiler's messages if a block does not compile.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

swiftc, manifest, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
context = pathlib.Path("Tests/Examples/Context.swift")
imports = [line for line in context.read_text().splitlines() if re.match(r"(@testable )?import ", line)]


def blocks(file):
    """The blocks of a file: the line of the first line of code, and the lines."""
    start, lines = 0, []
    for number, line in enumerate(file.read_text().splitlines(), 1):
        comment = re.match(r"\s*/// ?(.*)$" if file.suffix == ".swift" else r"(.*)$", line)
        text = comment.group(1) if comment else None
        if start and (text is None or text.startswith("```")):
            if text is None:
                sys.exit(f"{file}:{start}: the code block has no end")
            yield start, lines
            start, lines = 0, []
        elif start:
            lines.append(text)
        elif text == "```swift":
            start = number + 1


def statements(lines):
    """The statements of a block: the number of the first line, and the lines."""
    start, depth, is_text = 0, 0, False
    for number, line in enumerate(lines):
        is_text ^= line.count('"""') == 1
        if is_text:
            continue
        code = re.sub(r'"(\\.|[^"\\])*"|//.*', "", line)
        depth += len(re.findall(r"[({\[]", code)) - len(re.findall(r"[)}\]]", code))
        following = lines[number + 1].strip() if number + 1 < len(lines) else ""
        # An attribute belongs to what follows, and so does a value to the call of its member.
        if depth <= 0 and not (code.startswith("@") and "{" not in code) and not following.startswith("."):
            yield start, lines[start:number + 1]
            start = number + 1
    if start < len(lines):
        yield start, lines[start:]


def source(file, start, lines, number):
    """What is compiled for a block."""
    parts = {"file": "", "members": "", "body": ""}
    for first, statement in statements(lines):
        code = "\n".join(statement)
        code = re.sub(r"\[(?:\.\.\.|…)\]", "given()", code)
        # Not the dots of ranges.
        code = re.sub(r"(?<![^\s{])(?:\.\.\.|…)(?![^\s}])", "anyCode();", code)
        kind = "file" if re.match(r"extension |@main|@Test|@Suite", code) else "body"
        kind = "members" if re.match(r"static |private ", code) else kind
        # A program begins at one place.
        code = code.replace("@main ", "")
        parts[kind] += f'#sourceLocation(file: "{file}", line: {start + first})\n{code}\n#sourceLocation()\n'
    return f"""{chr(10).join(imports)}
{parts["file"]}
final class Block{number}: Sendable {{
{parts["members"]}
func run() async throws {{
{parts["body"]}
}}
}}
"""


def recorded():
    """The compiler call that SwiftPM recorded for the tests, which import all modules."""
    call = re.search(r'"-module-name","EndToEndTests",.*\]', manifest.read_text()) if manifest.exists() else None
    if not call:
        sys.exit("error: the tests are not built: run `swift build --build-tests` first")
    return json.loads("[" + call.group(0))


def flags(call):
    """Its import flags, and that of gRPC."""
    words = iter(call)
    for word in words:
        if word in ("-I", "-Xcc", "-target", "-swift-version", "-F"):
            yield word
            yield next(words)
        elif word == GRPC:
            yield word


GRPC = "-DPIP_GRPC"
call = recorded()
left_out = 0
shutil.rmtree(folder, ignore_errors=True)
folder.mkdir(parents=True)
files = [context]
# The services of the first page and of the README are in several files.
pages = set(pathlib.Path("docs").glob("*.md")) - {pathlib.Path("docs/getting-started.md")}
catalog = sorted(pathlib.Path("Sources").glob("*/*.docc/**/*.md"))
for file in sorted(pages) + catalog + sorted(pathlib.Path("Sources").rglob("*.swift")):
    for start, lines in blocks(file):
        # Most builds of the tests are without gRPC.
        if GRPC not in call and any("GRPC" in line for line in lines):
            left_out += 1
            continue
        path = folder / f"Block{len(files)}.swift"
        path.write_text(source(file, start, lines, len(files)))
        files.append(path)
options = ["-typecheck", "-wmo", "-parse-as-library", "-module-name", "Examples", "-suppress-warnings"]
result = subprocess.run([swiftc, *options, *flags(call), *files])
if result.returncode == 0:
    rest = f" {left_out} are about gRPC, which is not built." if left_out else ""
    print(f"The {len(files) - 1} examples in docs, articles and doc comments compile.{rest}")
sys.exit(1 if result.returncode else 0)
