"""Holds requests against botocore's models of the services, and recomputes their signatures.

Each line of standard input is {"method", "url", "headers", "body"}; the answer is {"operation", "problems"}.
"""
import base64
import hashlib
import json
import re
import sys
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

import botocore.session
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CREDENTIALS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a token + with/signs=")
SESSION = botocore.session.get_session()
TARGETS = {"SageMaker": "sagemaker", "AmazonAthena": "athena", "AWSGlue": "glue"}
MODELS = {}


def model(service):
    if service not in MODELS:
        MODELS[service] = SESSION.get_service_model(service)
    return MODELS[service]


def check(shape, value, path, problems):
    """Types, required members, lengths, ranges, patterns and enums: all that the model says of a value."""
    kind, rules = shape.type_name, shape.metadata
    if kind == "structure":
        if not isinstance(value, dict):
            return problems.append(f"{path} is not a structure")
        for name in shape.required_members:
            if value.get(name) is None:
                problems.append(f"{path}.{name} is missing")
        for name, member in value.items():
            if name not in shape.members:
                problems.append(f"{path}.{name} is not known")
            elif member is not None:
                check(shape.members[name], member, f"{path}.{name}", problems)
    elif kind == "list":
        size(rules, len(value), path, problems)
        for at, member in enumerate(value):
            check(shape.member, member, f"{path}[{at}]", problems)
    elif kind == "map":
        size(rules, len(value), path, problems)
        for name, member in value.items():
            check(shape.key, name, f"{path} key", problems)
            check(shape.value, member, f"{path}.{name}", problems)
    elif kind == "string":
        if not isinstance(value, str):
            return problems.append(f"{path} is not a string: {value!r}")
        size(rules, len(value), path, problems)
        if rules.get("enum") and value not in rules["enum"]:
            problems.append(f"{path} is none of {rules['enum']}: {value!r}")
        pattern = rules.get("pattern")
        if pattern and not matches(pattern, value):
            problems.append(f"{path} is not {pattern}: {value!r}")
    elif kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            return problems.append(f"{path} is not a number: {value!r}")
        size(rules, value, path, problems)
    elif kind == "boolean" and not isinstance(value, bool):
        problems.append(f"{path} is not a boolean: {value!r}")


def matches(pattern, value):
    # Java's classes of characters, which Python does not have.
    pattern = pattern.replace(r"\p{L}", r"^\W\d_").replace(r"\p{Z}", r"\s").replace(r"\p{N}", r"\d")
    try:
        return re.search(f"^(?:{pattern})$", value, re.S) is not None
    except re.error:
        return True


def size(rules, value, path, problems):
    if "min" in rules and value < rules["min"]:
        problems.append(f"{path} is {value}, less than {rules['min']}")
    if "max" in rules and value > rules["max"]:
        problems.append(f"{path} is {value}, more than {rules['max']}")


def scalar(shape, text):
    if shape.type_name in ("integer", "long") and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text == "true" if shape.type_name == "boolean" else text


def of_uri(service, method, url):
    """The operation of a REST service that a method and a URL mean, and the labels of the path."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    found = []
    for name in service.operation_names:
        operation = service.operation_model(name)
        template, _, literal = operation.http["requestUri"].partition("?")
        if operation.http["method"] != method:
            continue
        wanted = parse_qsl(literal, keep_blank_values=True)
        pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(template))
        labels = re.fullmatch(pattern, parts.path) or re.fullmatch(pattern, parts.path.rstrip("/"))
        if labels is None or any(pair not in query for pair in wanted):
            continue
        members = operation.input_shape.members if operation.input_shape else {}
        required = operation.input_shape.required_members if operation.input_shape else []
        by_name = {m.serialization.get("name", n): n for n, m in members.items() if m.serialization.get("location") == "querystring"}
        headers = [members[n].serialization["name"].lower() for n in required if members[n].serialization.get("location") == "header"]
        needed = [key for key, n in by_name.items() if n in required]
        rest = [pair for pair in query if pair not in wanted and pair[0] != "x-id"]
        if any(key not in dict(query) for key in needed):
            continue
        unknown = [key for key, _ in rest if key not in by_name]
        found.append((len(unknown), -len(wanted) - len(needed), -len(headers), name, labels.groupdict(), rest, by_name, headers))
    return sorted(found, key=lambda each: each[:4])


def parameters_of_rest(service, request, headers, problems):
    for unknown, _, _, name, labels, query, by_name, needed in of_uri(service, request["method"], request["url"]):
        if any(header not in headers for header in needed):
            continue
        operation = service.operation_model(name)
        members = operation.input_shape.members if operation.input_shape else {}
        values = {label: unquote(text) for label, text in labels.items()}
        for key, text in query:
            member = by_name.get(key)
            if member is None:
                problems.append(f"the query's {key} is not known")
            elif members[member].type_name == "list":
                values.setdefault(member, []).append(text)
            else:
                values[member] = scalar(members[member], text)
        for member, shape in members.items():
            header = shape.serialization.get("name", "").lower()
            if shape.serialization.get("location") == "header" and header in headers:
                values[member] = scalar(shape, headers[header])
        body = base64.b64decode(request["body"])
        payload = operation.input_shape.serialization.get("payload") if operation.input_shape else None
        if service.metadata["protocol"] == "rest-json" and body:
            values.update(json.loads(body))
        elif payload and members[payload].type_name == "structure" and body:
            values[payload] = of_xml(members[payload], ElementTree.fromstring(body))
        elif payload and body:
            values[payload] = body
        return operation, values
    problems.append("no operation is called like that")
    return None, {}


def of_xml(shape, element):
    if shape.type_name == "structure":
        values = {}
        for name, member in shape.members.items():
            tag = member.serialization.get("name", name)
            if member.type_name == "list" and member.serialization.get("flattened"):
                tag = member.member.serialization.get("name", tag)
            found = [child for child in element if child.tag.rpartition("}")[2] == tag]
            if member.type_name == "list" and found:
                items = found if member.serialization.get("flattened") else list(found[0])
                values[name] = [of_xml(member.member, item) for item in items]
            elif found:
                values[name] = of_xml(member, found[0])
        return values
    return scalar(shape, element.text or "")


def check_signature(request, headers, service, problems):
    said = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d+)/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)",
        headers.get("authorization", ""))
    if said is None:
        return problems.append("it has no signature")
    key, _, region, name, signed, signature = said.groups()
    body = base64.b64decode(request["body"])
    given = headers.get("x-amz-content-sha256")
    if given and re.fullmatch(r"[0-9a-f]{64}", given) and given != hashlib.sha256(body).hexdigest():
        problems.append("x-amz-content-sha256 is not that of the body")
    kept = {header: headers[header] for header in signed.split(";") if header in headers}
    for header in ("host", "x-amz-date", "x-amz-security-token"):
        if header not in kept:
            problems.append(f"{header} is not signed")
    auth = (S3SigV4Auth if name == "s3" else SigV4Auth)(CREDENTIALS, name, region)
    # As a path of the wire: botocore must not decode it.
    again = AWSRequest(request["method"], f"http://{headers['host']}{request['url']}", data=body, headers=kept)
    again.context["timestamp"] = headers["x-amz-date"]
    canonical = auth.canonical_request(again)
    if key != CREDENTIALS.access_key or auth.signature(auth.string_to_sign(again, canonical), again) != signature:
        problems.append(f"its signature is another: {canonical!r}")


def judge(request):
    headers = {name.lower(): value for name, value in request["headers"]}
    problems = []
    prefix, _, name = headers.get("x-amz-target", "").partition(".")
    scope = re.search(r"/([\w-]+)/aws4_request", headers.get("authorization", ""))
    signing = scope[1] if scope else "?"
    if prefix:
        service = model(TARGETS[prefix])
        operation, values = service.operation_model(name), json.loads(base64.b64decode(request["body"]))
    elif signing == "sts":
        service = model("sts")
        form = dict(parse_qsl(base64.b64decode(request["body"]).decode()))
        operation = service.operation_model(form.pop("Action"))
        if form.pop("Version") != service.api_version:
            problems.append("the Version is another")
        values = form
    else:
        service = model("s3" if signing == "s3" else "sagemaker-featurestore-runtime")
        operation, values = parameters_of_rest(service, request, headers, problems)
    if operation is not None and operation.input_shape is not None:
        check(operation.input_shape, values, operation.name, problems)
    if service.signing_name != signing:
        problems.append(f"it is signed for {signing}")
    check_signature(request, headers, service, problems)
    return {"operation": operation.name if operation else "?", "problems": problems}


for line in sys.stdin:
    try:
        answer = judge(json.loads(line))
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error} ({line[:300]})"}
    print(json.dumps(answer), flush=True)
