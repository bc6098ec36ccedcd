"""Validates the OpenAPI documents at the addresses it is given, in YAML or JSON.

    validate_openapi.py <address>...

Exit code 1, and what is wrong, if one is not valid.
"""

import io
import sys
from urllib.request import ProxyHandler, build_opener

from jsonschema_path.handlers import file_handler
from openapi_spec_validator import OpenAPIV30SpecValidator

opener = build_opener(ProxyHandler({}))
valid = True
for address in sys.argv[1:]:
    with opener.open(address, timeout=30) as answer:
        document = file_handler(io.StringIO(answer.read().decode()))
    problems = [error.message for error in OpenAPIV30SpecValidator(document).iter_errors()]
    valid = valid and not problems
    print(address, "is valid" if not problems else problems, "with", len(document["paths"]), "paths")
sys.exit(0 if valid else 1)
