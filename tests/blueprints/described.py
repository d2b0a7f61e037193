"""Every refusal that a test meets is one that the API's description names."""

import re

from werkzeug.exceptions import HTTPException

from abtpro_saas.blueprints.http import openapi, problems


def check(app, answer):
    """Fail where an operation refused with a code that it is not described with."""
    if answer.mimetype != problems.MEDIA_TYPE:
        return
    operation = _operation(app, answer.request)
    if operation is not None:
        told = operation["responses"][str(answer.status_code)]["content"]
        schema = told[problems.MEDIA_TYPE]["schema"]
        codes = schema["allOf"][1]["properties"]["code"]["enum"]
        assert answer.json["code"] in codes, (operation["operationId"], answer.json)


def _operation(app, request):
    """Return the described operation that was asked for, or None."""
    urls = app.url_map.bind("")
    try:
        rule, _ = urls.match(request.path, method=request.method, return_rule=True)
    except HTTPException:
        return None
    path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
    item = app.extensions[openapi.EXTENSION]["paths"].get(path, {})
    return item.get(request.method.lower())
