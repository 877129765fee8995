"""Commands come as JSON lines on standard input, answers go as JSON lines to standard output."""

import json
import os
import sys

# Libraries print on standard output too: that goes to standard error, and the answers to the original.
_answers = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def answer_commands(handlers):
    """Calls `handlers[command["command"]](command)` for each line until the input ends."""
    for line in sys.stdin:
        command = json.loads(line)
        answer = handlers[command["command"]](command)
        _answers.write(json.dumps(answer) + "\n")
