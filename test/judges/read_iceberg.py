"""Reads Iceberg tables through the store's own Glue and S3, as anyone with PyIceberg would.

Each line of standard input is {"endpoint", "table", "snapshot"?}; the answer is {"rows": [[text or null, ...], ...]},
the values written as Athena writes them.
"""
import datetime
import decimal
import json
import sys
import warnings

from pyiceberg.catalog import load_catalog

warnings.filterwarnings("ignore")
CATALOGS = {}


def catalog(endpoint):
    if endpoint not in CATALOGS:
        CATALOGS[endpoint] = load_catalog("judge", **{
            "type": "glue", "glue.endpoint": endpoint, "s3.endpoint": endpoint,
            "client.region": "us-east-1", "client.access-key-id": "local", "client.secret-access-key": "local",
        })
    return CATALOGS[endpoint]


def text(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "double " + repr(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if isinstance(value, (int, decimal.Decimal, datetime.date)):
        return str(value)
    raise TypeError(type(value))


for line in sys.stdin:
    question = json.loads(line)
    try:
        table = catalog(question["endpoint"]).load_table(question["table"])
        found = table.scan(snapshot_id=question.get("snapshot")).to_arrow()
        names = [name.lower() for name in found.column_names]
        rows = [[text(value) for value in row.values()] for row in found.to_pylist()]
        answer = {"names": names, "rows": rows, "snapshots": [s.snapshot_id for s in table.metadata.snapshots]}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
