"""Draws what a terminal shows while commands run in it, as an SVG with the colours that they had.

    terminal.py PICTURE FOLDER COMMAND...

The commands run one after the other in the folder, or where a `cd` among them leads. The last one is a server: the picture is of the moment at
which it listens. Its URL is printed then, and it is stopped as people do it, with Ctrl-C, when standard input ends. What differs from one run
to the next is replaced: times, and the port.
"""

import fcntl
import io
import os
import pty
import re
import struct
import sys
import termios
import threading
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS, ROWS = 100, 50

# Foreground on background, eight colours and their bright ones.
THEME = TerminalTheme(
    (30, 32, 40),
    (214, 217, 224),
    [(60, 64, 75), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194), (214, 217, 224)],
    [(110, 115, 128), (224, 108, 117), (152, 195, 121), (229, 192, 123), (97, 175, 239), (198, 120, 221), (86, 182, 194), (255, 255, 255)],
)
# A picture loads nothing: the font is one of the machine.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
)

REPLACED = [
    # The migrations of the framework have a time of their own.
    (r"(?<!fw_)20\d{6}_\d{6}", "20261201_090000"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-12-01T09:00:00Z"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:3000"),
]

LISTENS = re.compile(rb"listens on (http://[0-9.:]+).*\n")


def run(command, folder):
    """Runs a command in a terminal of its own until it ends, and returns what it has shown: a server until it listens."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("bash", ["bash", "-c", command], os.environ | {"TERM": "xterm-256color"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shown, server = b"", None
    while read := read_some(terminal):
        shown += read
        if server is None and (server := LISTENS.search(shown)):
            print(server[1].decode(), flush=True)
            threading.Thread(target=stop_at_end, args=[terminal], daemon=True).start()
    _, status = os.waitpid(child, 0)
    if status != 0:
        sys.exit(f"$ {command}\n{shown.decode()}\nended with {os.waitstatus_to_exitcode(status)}")
    return shown[: server.end() if server else None].decode().replace("\r\n", "\n")


def read_some(terminal):
    try:
        return os.read(terminal, 65536)
    except OSError:
        # The end, on Linux.
        return b""


def stop_at_end(terminal):
    sys.stdin.read()
    os.write(terminal, b"\x03")


def main():
    picture, folder, *commands = sys.argv[1:]
    shown = []
    for command in commands:
        shown.append(f"\x1b[1;32m$\x1b[0m \x1b[1m{command}\x1b[0m\n")
        if command.startswith("cd "):
            folder = os.path.join(folder, command.removeprefix("cd "))
        else:
            shown.append(run(command, folder))
    text = "".join(shown)
    for pattern, replacement in REPLACED:
        text = re.sub(pattern, replacement, text)
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(text.rstrip("\n")), overflow="fold")
    svg = console.export_svg(title="", theme=THEME, code_format=FORMAT, unique_id="terminal")
    Path(picture).write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
