"""Prints, as JSON, the keywords of a library as RIDE sees them. Runs in RIDE's own Python: see `invoke ride`.

Usage: ride_keywords.py LIBRARY [IMPORT ARGUMENT ...]
"""

import contextlib
import json
import sys

with contextlib.redirect_stdout(sys.stderr):  # RIDE prints what it is doing
    from robotide.spec.libraryfetcher import get_import_result

    keywords = get_import_result(sys.argv[1], sys.argv[2:])

json.dump([{"name": kw.name, "arguments": kw.arguments, "documentation": kw.doc} for kw in keywords], sys.stdout)
