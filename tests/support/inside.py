"""Errors as each service writes them, and answers of status 200 that hold
one: for the fault proxy."""

import json
import re
import urllib.parse

# By operation: where the answer counts failures, where its entries stand,
# and how many the request had.
BATCHES = {
    "PutRecords": ("FailedRecordCount", "Records", "Records"),
    "PutRecordBatch": ("FailedPutCount", "RequestResponses", "Records"),
    "PutEvents": ("FailedEntryCount", "Entries", "Entries"),
}
FAILED = {"ErrorCode": "InternalFailure", "ErrorMessage": "said by the proxy"}


def operation(request):
    return request.headers.get("X-Amz-Target", "").rpartition(".")[2]


def xml_error(code):
    return (f"<Error><Code>{code}</Code><Message>said by the proxy</Message>"
            "</Error>")


def error_body(request, code):
    """The body of an answer that is no success."""
    if "X-Amz-Target" in request.headers:
        return json.dumps({"__type": code,
                           "message": "said by the proxy"}).encode()
    if "Action=" in request.body[:200].decode("latin-1"):
        return f"<ErrorResponse>{xml_error(code)}</ErrorResponse>".encode()
    return ('<?xml version="1.0" encoding="UTF-8"?>' + xml_error(code)).encode()


def batch_ids(request):
    """The entries' ids of a PublishBatch."""
    form = urllib.parse.parse_qs(request.body.decode())
    return [form[key][0] for key in form if re.fullmatch(
        r"PublishBatchRequestEntries\.member\.\d+\.Id", key)]


def publish_failed(ids):
    rows = "".join(f"<member><Id>{one}</Id><Code>InternalError</Code>"
                   "<Message>said by the proxy</Message>"
                   "<SenderFault>false</SenderFault></member>" for one in ids)
    return f"<Failed>{rows}</Failed>"


def all_failed(request):
    """200, and nothing of it was done."""
    name = operation(request)
    if name in BATCHES:
        count, answers, entries = BATCHES[name]
        rows = [dict(FAILED) for _ in json.loads(request.body)[entries]]
        return json.dumps({count: len(rows), answers: rows}).encode()
    if b"Action=PublishBatch" in request.body:
        failed = publish_failed(batch_ids(request))
        return (f"<PublishBatchResponse><PublishBatchResult>{failed}"
                "<Successful/></PublishBatchResult></PublishBatchResponse>"
                ).encode()
    return error_body(request, "InternalError")


def last_failed(request, body):
    """What the service answered, but its last entry is said to have failed."""
    name = operation(request)
    if name in BATCHES:
        count, answers, _ = BATCHES[name]
        said = json.loads(body)
        said[answers][-1] = dict(FAILED)
        said[count] = said.get(count, 0) + 1
        return json.dumps(said).encode()
    if b"Action=PublishBatch" in request.body:
        last = batch_ids(request)[-1]
        return re.sub(
            rb"<member>\s*<Id>" + last.encode() + rb"</Id>.*?</member>", b"",
            body, flags=re.S).replace(
                b"<Successful>", publish_failed([last]).encode()
                + b"<Successful>").replace(b"<Failed/>", b"").replace(
                    b"<Failed />", b"")
    return error_body(request, "InternalError")
