"""Puts libretranslatepy and translate through their paces; prints what they returned as one JSON object."""

import json
import sys
from urllib.error import HTTPError

from libretranslatepy import LibreTranslateAPI
from translate import Translator
from translate.exceptions import TranslationError

url, key = sys.argv[1:]
api = LibreTranslateAPI(url, key)


def refusal(call):
    try:
        call()
    except HTTPError as error:
        return [error.code, json.load(error)["error"]]
    return None


def translator(provider, to_lang, from_lang="en"):
    made = Translator(
        provider=provider,
        to_lang=to_lang,
        from_lang=from_lang,
        secret_access_key=key,
        base_url=url,
    )
    if provider == "deepl":
        # It has no option for the address.
        made.provider.base_url = url + "/v2/translate"
    return made


def failure(call):
    try:
        call()
    except TranslationError as error:
        return str(error)
    return None


json.dump(
    {
        "translated": api.translate("How are you?", "en", "de"),
        "auto": api.translate("Wo ist denn der Bahnhof?", "auto", "en"),
        "detected": api.detect("Das ist ein schönes Haus."),
        "languages": [language["code"] for language in api.languages()],
        "unknownLanguage": refusal(lambda: api.translate("Hello.", "en", "zz")),
        "noText": refusal(lambda: api.translate("", "en", "de")),
        "wrongKey": refusal(lambda: LibreTranslateAPI(url, "nobody's").translate("Hi.", "en", "de")),
        "libre": translator("libre", "de").translate("How are you?"),
        "libreDetected": translator("libre", "en", "autodetect").translate(
            "Das ist ein schönes Haus."
        ),
        "libreFailure": failure(lambda: translator("libre", "zz").translate("Hello.")),
        "deepl": translator("deepl", "DE").translate("How are you?"),
    },
    sys.stdout,
)
