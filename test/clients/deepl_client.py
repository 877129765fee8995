"""Puts DeepL's own client through its paces; prints what it returned as one JSON object."""

import json
import sys

import deepl

url, key = sys.argv[1:]


def client(auth_key):
    return deepl.DeepLClient(auth_key, server_url=url)


def refusal(call):
    try:
        call()
    except deepl.DeepLException as error:
        return [type(error).__name__, str(error)]
    return None


translator = client(key)
deepl.http_client.max_network_retries = 0
one = translator.translate_text("How are you?", source_lang="EN", target_lang="DE")
several = translator.translate_text(
    ["Where is the train station?", "Das ist ein schönes Haus."], target_lang="JA"
)
fast = translator.translate_text(
    "Hello.",
    target_lang="DE",
    model_type="latency_optimized",
    split_sentences="nonewlines",
    formality="prefer_more",
    preserve_formatting=True,
    context="Greetings.",
)
usage = translator.get_usage()
json.dump(
    {
        "one": [one.text, one.detected_source_lang, one.billed_characters],
        "several": [[text.text, text.detected_source_lang] for text in several],
        "model": fast.model_type_used,
        "sources": [language.code for language in translator.get_source_languages()],
        "targets": [language.code for language in translator.get_target_languages()],
        "glossaryPairs": len(translator.get_glossary_languages()),
        "glossaries": len(translator.list_glossaries()),
        "usage": [usage.character.count, usage.any_limit_reached],
        "language": refusal(lambda: translator.translate_text("Hello.", target_lang="FR")),
        "formality": refusal(
            lambda: translator.translate_text("Hello.", target_lang="DE", formality="more")
        ),
        "glossary": refusal(
            lambda: translator.translate_text(
                "Hello.", source_lang="EN", target_lang="DE", glossary="unknown"
            )
        ),
        "key": refusal(lambda: client("nobody's").translate_text("Hello.", target_lang="DE")),
    },
    sys.stdout,
)
