"""Runs a command on a terminal of its own: argv is a JSON list of [words to wait for, keys to press], then the command.
No keys (null) close the terminal.

Prints what the terminal showed; its exit code is the command's.
"""
import json
import os
import pty
import sys

steps = json.loads(sys.argv[1])
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
is_open = True
while is_open:
    while steps and steps[0][0].encode() in shown:
        keys = steps.pop(0)[1]
        if keys is None:
            os.close(terminal)
            is_open = False
        else:
            os.write(terminal, keys.encode())
    if not is_open:
        break
    try:
        some = os.read(terminal, 65536)
    except OSError:
        break
    if not some:
        break
    shown += some
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
