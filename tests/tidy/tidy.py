"""The rules of the house as a test: layering, sizes, names, banned words.

    tidy.py [BUILD-FOLDER]

Prints FILE:LINE: fault for each, then "tidy: N passed, N failed", where N
counts rules. With a configured build folder the link graph is tried too: a
wrong include must not compile. Rules are functions that give faults; the list
is RULES at the end.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

LAYERS = {
    "base": [],
    "schemas": ["base"],
    "journal": ["schemas", "base"],
    "aws": ["base"],
    "kafka": ["aws", "base"],
    "ingest": ["journal", "kafka", "aws", "schemas", "base"],
    "pipeline": ["schemas", "base"],
    "sinks": ["journal", "kafka", "aws", "schemas", "base"],
    "app": ["ingest", "pipeline", "sinks", "journal", "kafka", "aws",
            "schemas", "base"],
}

# Third-party headers, and where each may be included.
ADDRESSES = {
    r"curl/.*": r"aws/http\w*\.c",
    r"microhttpd\.h": r"ingest/feed\w*\.[ch]|app/admin\w*\.[ch]",
    r"gnutls/.*": r"ingest/feed\w*\.[ch]|app/admin\w*\.[ch]",
    r"zstd\w*\.h": r"journal/.*|ingest/inflate\.c",
    r"libdeflate\.h": r"ingest/inflate\.c",
    r"snappy-c\.h": r"ingest/snappy_stream\.c",
    r"yaml\.h": r"base/tree_parse\.c",
    r"xxhash\.h": r"base/table\.c",
    r"glib.*": r"base/zone\.c",
    r"librdkafka/.*|sinks/webhook_sign\.c": r"\w+/\w*kafka\w*\.[ch]",
    r".*\.pb-c\.h": r"\w+/.*codec\w*\.[ch]",
    r"openssl/.*": r"aws/.*|ingest/feed\w*\.c|kafka/.*|sinks/webhook_sign\.c",
    r"(immintrin|arm_neon)\.h": r"(pipeline/decode|ingest)/\w*\.c",
}

# The pipeline is a pure function of the log: of the system it may know only
# what computes.
PURE_HEADERS = {
    "arm_neon.h", "assert.h", "ctype.h", "errno.h", "float.h", "immintrin.h",
    "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdarg.h", "stdbool.h",
    "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "strings.h",
}
IMPURE_CALLS = ("time clock gettimeofday clock_gettime fopen freopen fread "
                "fwrite fprintf printf puts putchar fputs fputc fflush remove "
                "rename getenv setenv random srandom drand48 getrandom "
                "pthread_create nanosleep sleep usleep log_error log_warn "
                "log_info log_debug log_write").split()

BANNED_CALLS = ("strcpy strcat sprintf vsprintf gets strtok rand srand gmtime "
                "localtime ctime asctime system popen alloca tmpnam mktemp "
                "setjmp longjmp").split()

LEFT_OVERS = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]

LINES_OF_FILE = 600
LINES_OF_FUNCTION = 70
COLUMNS = 80
TAB = 8


def every_file():
    """The project's own text files, sorted."""
    found = []
    for folder, folders, names in os.walk("."):
        folders[:] = sorted(d for d in folders
                            if d not in (".git", "build", "__pycache__"))
        found += [os.path.relpath(os.path.join(folder, n), ".")
                  for n in sorted(names)]
    return found


FILES = every_file()
TEXTS = {}


def text_of(path):
    if path not in TEXTS:
        with open(path, "rb") as file:
            TEXTS[path] = file.read().decode("utf-8", "replace")
    return TEXTS[path]


def lines_of(path):
    return enumerate(text_of(path).split("\n"), 1)


def sources(*tops):
    """C files under the given top folders (default: all of the program)."""
    tops = tops or tuple(LAYERS)
    return [f for f in FILES
            if f.endswith((".c", ".h")) and f.split("/")[0] in tops]


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


CODE = {}


def code_of(path):
    """The text with comments and literals made blank, of the same shape."""
    if path not in CODE:
        pattern = (r"/\*.*?\*/|//[^\n]*|"
                   r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'")
        CODE[path] = re.sub(pattern, blank, text_of(path), flags=re.S)
    return CODE[path]


def includes(path):
    """(line, "<" or '"', name) of each #include."""
    for number, line in lines_of(path):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def calls(path, names):
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")
    for number, line in enumerate(code_of(path).split("\n"), 1):
        for match in pattern.finditer(line):
            yield number, match.group(1)


# ---- rules: each gives (file, line, words) ----------------------------------

def layering():
    for path in sources():
        top = path.split("/")[0]
        for number, kind, name in includes(path):
            if kind != '"':
                continue
            into = name.split("/")[0]
            if ".." in name.split("/"):
                yield path, number, f'"{name}" goes up; name the folder'
            elif "/" not in name:
                yield path, number, f'"{name}" does not name its folder'
            elif into not in LAYERS and not name.endswith(".pb-c.h"):
                yield path, number, f'"{name}": no such folder of the program'
            elif into != top and into in LAYERS and into not in LAYERS[top]:
                right = ", ".join(LAYERS[top]) or "nothing"
                yield (path, number,
                       f"{top}/ may include {right}; not {into}/")


def third_party():
    for path in sources():
        for number, _, name in includes(path):
            for header, address in ADDRESSES.items():
                if (re.fullmatch(header, name)
                        and not re.fullmatch(address, path)):
                    yield path, number, f"<{name}> belongs in {address}"


def pure_pipeline():
    for path in sources("pipeline"):
        for number, kind, name in includes(path):
            if kind == "<" and name not in PURE_HEADERS:
                yield path, number, f"<{name}>: the pipeline does no I/O"
            if name == "base/file.h":
                yield path, number, f'"{name}": the pipeline does no I/O'
        for number, name in calls(path, IMPURE_CALLS):
            yield path, number, f"{name}(): the pipeline is pure"
        for number, line in enumerate(code_of(path).split("\n"), 1):
            if re.search(r"\b(FILE|stdout|stderr|stdin)\b", line):
                yield path, number, "stdio streams: the pipeline does no I/O"


def file_length():
    for path in FILES:
        if path.endswith((".c", ".h", ".py")) or path == "dev":
            count = text_of(path).count("\n")
            if count > LINES_OF_FILE:
                yield path, count, f"{count} lines, at most {LINES_OF_FILE}"


def function_length():
    for path in sources(*LAYERS, "tests"):
        opened = 0
        for number, line in enumerate(code_of(path).split("\n"), 1):
            if line == "{":
                opened = number
            elif line == "}" and opened:
                count = number - opened - 1
                if count > LINES_OF_FUNCTION:
                    yield (path, opened, f"a function of {count} lines, at "
                           f"most {LINES_OF_FUNCTION}")
                opened = 0


def columns():
    for path in sources(*LAYERS, "tests"):
        for number, line in lines_of(path):
            if len(line.expandtabs(TAB)) > COLUMNS:
                yield path, number, f"over {COLUMNS} columns"
            if line.rstrip() != line:
                yield path, number, "white space at the end"


def names():
    for path in sources(*LAYERS, "tests"):
        for number, line in enumerate(code_of(path).split("\n"), 1):
            if re.search(r"\btypedef\s+(struct|union|enum)\b[^(]*$", line):
                yield path, number, "a typedef'd struct; write struct NAME"
            match = re.search(r"\b(?:struct|union|enum)\s+(\w+_t)\b", line)
            match = match or re.search(r"\btypedef\b.*\b(\w+_t)\s*[;(]", line)
            if match:
                yield path, number, f"{match.group(1)}: no _t of our own"


def banned_calls():
    for path in sources():
        for number, name in calls(path, BANNED_CALLS):
            yield path, number, f"{name}() is not used here"


def left_overs():
    pattern = re.compile(r"\b(" + "|".join(LEFT_OVERS) + r")\b")
    for path in FILES:
        if path.endswith((".json", ".gz", ".zst")) or path == "LICENSE":
            continue
        for number, line in lines_of(path):
            match = pattern.search(line)
            if match:
                yield path, number, f"{match.group(1)}: finish it or drop it"


def guards():
    for path in sources():
        if not path.endswith(".h"):
            continue
        guard = re.sub(r"[/.]", "_", path).upper()
        text = text_of(path)
        if (f"#ifndef {guard}\n#define {guard}\n" not in text
                or not text.rstrip().endswith("#endif")):
            yield path, 1, f"the include guard is {guard}"
        if not text.startswith("/*"):
            yield path, 1, "a header opens with what it is for"


def formatted():
    tool = shutil.which("clang-format-16")
    if tool is None:
        print("skipped: formatted: no clang-format-16")
        return
    ours = sources(*LAYERS, "tests")
    done = subprocess.run([tool, "--dry-run", *ours], text=True,
                          capture_output=True, check=False)
    last = None
    for line in done.stderr.split("\n"):
        match = re.match(r"(.+?):(\d+):\d+: warning: ", line)
        if match and match.group(1) != last:
            last = match.group(1)
            yield last, int(match.group(2)), "./dev fmt changes it"


def exists(path):
    path = path.rstrip("/")
    if "*" in path:
        pattern = re.escape(path).replace(r"\*", "[^/]*")
        return any(re.fullmatch(pattern, f) for f in FILES)
    return os.path.exists(path)


def readme_paths():
    """(line, path) of what README's tables and its tree name."""
    fenced, top = False, ""
    for number, line in lines_of("README.md"):
        if line.startswith("```"):
            fenced = not fenced
        if line.startswith("|"):
            for path in re.findall(r"`([\w.*-]+/[\w./*-]*|[\w-]+\.\w+)`",
                                   line):
                if "NAME" not in path:
                    yield number, path
        tree = re.match(r"(  )?([\w.]+/)(\s|$)", line) if fenced else None
        if tree:
            top = top if tree.group(1) else tree.group(2)
            yield number, (top if tree.group(1) else "") + tree.group(2)


def readme():
    shown = set()
    for number, path in readme_paths():
        shown.add(path.rstrip("/"))
        if not exists(path):
            yield "README.md", number, f"{path} does not exist"
    for top in sorted({f.split("/")[0] for f in FILES if "/" in f}):
        if not top.startswith(".") and top not in shown:
            yield "README.md", 1, f"the tree does not show {top}/"


def dependencies():
    documented = text_of("docs/dependencies.md")
    for number, line in lines_of("CMakeLists.txt"):
        match = re.match(r"third\(\w+ (.+)\)", line)
        for module in match.group(1).split() if match else []:
            if f"`{module}`" not in documented:
                yield ("CMakeLists.txt", number,
                       f"docs/dependencies.md does not name `{module}`")


def commands_of(build):
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        return json.load(file)


def compiles(command, folder, text):
    """Whether `text` compiles with the flags of a file of that folder."""
    words = shlex.split(command["command"])
    keep = [words[0], "-fsyntax-only"]
    keep += [w for w in words if w.startswith(("-I", "-D", "-std"))]
    for at, word in enumerate(words):
        if word == "-isystem":
            keep += [word, words[at + 1]]
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "try.c")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text + "\nint tried_" + folder + ";\n")
        done = subprocess.run(keep + [path], cwd=command["directory"],
                              capture_output=True, check=False)
    return done.returncode == 0


def first_header(folder):
    for path in sources(folder):
        if path.endswith(".h"):
            return path
    return None


def link_graph():
    """Every pair of folders is tried with the compiler's own flags."""
    build = sys.argv[1] if len(sys.argv) > 1 else None
    if build is None:
        print("skipped: link_graph: no build folder given")
        return
    sample = {}
    for command in commands_of(build):
        top = os.path.relpath(command["file"], ".").split("/")[0]
        if top in LAYERS and not command["file"].endswith("app/main.c"):
            sample.setdefault(top, command)
    for top, below in LAYERS.items():
        if top not in sample:
            yield "CMakeLists.txt", 1, f"no file of {top}/ is compiled"
            continue
        for other in LAYERS:
            header = first_header(other)
            if header is None or other == top:
                continue
            good = compiles(sample[top], top, f'#include "{header}"')
            if good and other not in below:
                yield ("CMakeLists.txt", 1,
                       f'{top}/ can include "{header}" and must not')
            if not good and other in below:
                yield ("CMakeLists.txt", 1,
                       f'{top}/ cannot include "{header}"')


RULES = [layering, third_party, pure_pipeline, file_length, function_length,
         columns, names, banned_calls, left_overs, guards, formatted, readme,
         dependencies, link_graph]

# ---- what each rule must refuse: a rule that cannot fail is a defect --------

BAD = [
    (layering, "ingest/bad.c", '#include "sinks/message.h"'),
    (layering, "base/bad.c", '#include "schemas/point.h"'),
    (layering, "app/bad.c", '#include "../base/buf.h"'),
    (layering, "app/bad.c", '#include "bad.h"'),
    (third_party, "sinks/bad.c", "#include <curl/curl.h>"),
    (third_party, "pipeline/bad.c", "#include <zstd.h>"),
    (pure_pipeline, "pipeline/bad.c", "#include <time.h>"),
    (pure_pipeline, "pipeline/decode/bad.c", "int x = time(NULL);"),
    (pure_pipeline, "pipeline/bad.c", '#include "base/file.h"'),
    (file_length, "app/bad.c", "\n" * (LINES_OF_FILE + 1)),
    (function_length, "app/bad.c",
     "{\n" + "\tx();\n" * (LINES_OF_FUNCTION + 1) + "}\n"),
    (columns, "app/bad.c", "\t" * 10 + "x"),
    (columns, "app/bad.c", "x; "),
    (names, "app/bad.c", "typedef struct foo foo;"),
    (names, "app/bad.c", "struct foo_t {"),
    (names, "app/bad.c", "typedef int foo_t;"),
    (banned_calls, "app/bad.c", "\tstrcpy(a, b);"),
    (left_overs, "docs/bad.md", "a " + LEFT_OVERS[0] + " here"),
    (guards, "app/bad.h", "/* A header. */\n#ifndef BAD_H\n#define BAD_H\n"
     "#endif\n"),
]
GOOD = [
    (layering, "ingest/good.c", '#include "journal/journal.h"'),
    (banned_calls, "app/good.c", "\t/* strcpy(a, b) */ my_strcpy(a);"),
    (pure_pipeline, "pipeline/good.c", "\tpoint->time(now);"),
    (names, "app/good.c", "typedef void feed_answer(uint64_t x);"),
    (names, "app/good.c", "typedef struct value apply(struct run *run);"),
]


def rules_bite():
    """Each rule, tried on text that it must refuse or let pass."""
    all_files = list(FILES)
    for rule, path, text in BAD + GOOD:
        FILES[:] = [path]
        TEXTS[path] = text
        refused = bool(list(rule()))
        del TEXTS[path]
        CODE.pop(path, None)
        if refused != ((rule, path, text) in BAD):
            yield ("tests/tidy/tidy.py", 1, f"{rule.__name__} is wrong about "
                   f"{text[:60]!r} in {path}")
    FILES[:] = all_files


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
    FILES[:] = every_file()
    passed = failed = 0
    for rule in [rules_bite, *RULES]:
        faults = list(rule())
        for path, line, words in faults:
            print(f"{path}:{line}: {words} [{rule.__name__}]")
        passed += not faults
        failed += bool(faults)
    print(f"tidy: {passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
