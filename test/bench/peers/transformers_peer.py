"""Hugging Face transformers, fp32, behind JSON lines. Arguments: a checkpoint's folder, threads.

load       {} -> {ms, versions}
translate  {beamSize, sources: [[id]], targetLanguageId, targetTokens} -> {ms, targetLengths}

Sources of one command are of one length. `targetLengths` counts the start token and the language token.
"""

import sys
import time

import torch
import transformers

from json_lines import answer_commands

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
models = []


def load(_command):
    start = time.perf_counter()
    model = transformers.M2M100ForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    models.append(model.eval())
    ms = (time.perf_counter() - start) * 1e3
    return {
        "ms": ms,
        "versions": {"transformers": transformers.__version__, "torch": torch.__version__},
    }


def translate(command):
    sources = torch.tensor(command["sources"])
    start = time.perf_counter()
    with torch.inference_mode():
        targets = models[0].generate(
            input_ids=sources,
            attention_mask=torch.ones_like(sources),
            num_beams=command["beamSize"],
            forced_bos_token_id=command["targetLanguageId"],
            min_new_tokens=command["targetTokens"] + 1,
            max_length=command["targetTokens"] + 2,
            **({"early_stopping": True} if command["beamSize"] > 1 else {}),
        )
    ms = (time.perf_counter() - start) * 1e3
    return {"ms": ms, "targetLengths": [targets.shape[1]] * targets.shape[0]}


answer_commands({"load": load, "translate": translate})
