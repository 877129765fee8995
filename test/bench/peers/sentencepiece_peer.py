"""SentencePiece's own tokenizer behind JSON lines. Argument: a `sentencepiece.bpe.model`.

encode  {lines: [text], passes} -> {samplesMs, pieces: [[piece]], versions}: the time of each pass over all lines
"""

import sys
import time

import sentencepiece

from json_lines import answer_commands

processor = sentencepiece.SentencePieceProcessor(model_file=sys.argv[1])


def encode(command):
    lines = command["lines"]
    samples_ms = []
    for _ in range(command["passes"]):
        start = time.perf_counter()
        for line in lines:
            processor.encode(line, out_type=str)
        samples_ms.append((time.perf_counter() - start) * 1e3)
    return {
        "samplesMs": samples_ms,
        "pieces": processor.encode(lines, out_type=str),
        "versions": {"sentencepiece": sentencepiece.__version__},
    }


answer_commands({"encode": encode})
