"""CTranslate2 behind JSON lines. Argument: a converted model's folder.

load       {interThreads, intraThreads} -> {ms, versions}
translate  {interThreads, intraThreads, beamSize, groups} -> {ms, targetLengths}

A group is one call of translate_batch: {sources: [[id]], targetLanguageIds: [id], targetTokens}. All groups
of a command are handed over before the first result is awaited, so that several workers share them; where
there are several, a group is cut into one batch for each. `targetLengths` has, for each group, the lengths of
the targets, the language token included.
"""

import json
import os
import sys
import time

import ctranslate2

from json_lines import answer_commands

folder = sys.argv[1]
translators = {}


def load(command):
    start = time.perf_counter()
    translator_of(command)
    ms = (time.perf_counter() - start) * 1e3
    return {"ms": ms, "versions": {"ctranslate2": ctranslate2.__version__}}


def translator_of(layout):
    key = (layout["interThreads"], layout["intraThreads"])
    if key not in translators:
        translators[key] = ctranslate2.Translator(
            folder, device="cpu", compute_type="int8", inter_threads=key[0], intra_threads=key[1]
        )
    return translators[key]


def vocabulary():
    if not hasattr(vocabulary, "tokens"):
        with open(os.path.join(folder, "shared_vocabulary.json"), encoding="utf-8") as file:
            vocabulary.tokens = json.load(file)
    return vocabulary.tokens


def translate(command):
    translator = translator_of(command)
    tokens = vocabulary()
    workers = command["interThreads"]
    calls = [
        {
            "source": [[tokens[id] for id in ids] for ids in group["sources"]],
            "target_prefix": [[tokens[id]] for id in group["targetLanguageIds"]],
            "min_decoding_length": group["targetTokens"],
            "max_decoding_length": group["targetTokens"],
            "max_batch_size": 0 if workers == 1 else -(-len(group["sources"]) // workers),
            "beam_size": command["beamSize"],
        }
        for group in command["groups"]
    ]
    start = time.perf_counter()
    pending = [translator.translate_batch(**call, asynchronous=True) for call in calls]
    results = [[result.result() for result in group] for group in pending]
    ms = (time.perf_counter() - start) * 1e3
    lengths = [[len(result.hypotheses[0]) for result in group] for group in results]
    return {"ms": ms, "targetLengths": lengths}


answer_commands({"load": load, "translate": translate})
