"""Asks openbadgeslib about each badge of a file: proof, dates, and the signed status list."""

import json
import sys

from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.util import download_file


def download(url):
    # Our test server is on this machine, which the library keeps away from of itself.
    return download_file(url, allow_private=True)


def verdict(case):
    try:
        # It knows signed status lists as JWTs alone; a list with Data Integrity it reads unproved.
        options = {"check_status": True, "verify_status_list": False, "download": download}
        OB3LdpVerifier().verify(case["credential"], **options)
        return {"name": case["name"], "accepted": True, "reason": ""}
    except Exception as error:  # Whatever it says is what we put on record.
        return {"name": case["name"], "accepted": False, "reason": str(error)}


with open(sys.argv[1], encoding="utf-8") as file:
    print(json.dumps([verdict(case) for case in json.load(file)]))
