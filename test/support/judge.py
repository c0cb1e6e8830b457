"""An outside judge in boto3: what it expects of Feature Store, Athena and S3, asked of AWS_ENDPOINT_URL.

Prints one JSON line for each judgement: {"name", "verdict": "holds" | "fails" | "skipped", "why", "seconds"}.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from datetime import datetime, timezone

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-featurestore-runtime")
athena = boto3.client("athena")
s3 = boto3.client("s3")

ROLE = "arn:aws:iam::000000000000:role/judge"
BUCKET = "judge"
MEBIBYTE = 1 << 20
TEXTS = ["", " ", 'say "hi"', "it's", "a,b", "two\nlines", "Zürich", "東京 🎌", "NULL", "null", "é\u0301", "\\N"]
BIGS = ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0"]


class Skipped(Exception):
    pass


def refused(code, status, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, status), f"{got} instead of {(code, status)}: {error}"
        return error.response
    raise AssertionError(f"{code} was expected, and nothing was refused")


def create(name, online=None, offline=None, features=None, event_time="String"):
    definitions = [{"FeatureName": "Id", "FeatureType": "String"}, {"FeatureName": "event-time", "FeatureType": event_time}]
    definitions += features or [
        {"FeatureName": "Big", "FeatureType": "Integral"},
        {"FeatureName": "score", "FeatureType": "Fractional"},
        {"FeatureName": "free-Text", "FeatureType": "String"},
    ]
    stores = {}
    if online is not None:
        stores["OnlineStoreConfig"] = {"EnableOnlineStore": True, **online}
    if offline is not None:
        stores["OfflineStoreConfig"] = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/features"}, **offline}
    made = sagemaker.create_feature_group(
        FeatureGroupName=name, RecordIdentifierFeatureName="Id", EventTimeFeatureName="event-time",
        FeatureDefinitions=definitions, RoleArn=ROLE, **stores)
    while True:
        group = sagemaker.describe_feature_group(FeatureGroupName=name)
        if group["FeatureGroupStatus"] != "Creating":
            assert group["FeatureGroupStatus"] == "Created", group
            assert group["FeatureGroupArn"] == made["FeatureGroupArn"]
            return group
        time.sleep(0.05)


def entries(values):
    return [{"FeatureName": name, "ValueAsString": value} for name, value in values.items()]


def iso(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_history(group, rng, identifiers, hard=False):
    """Puts, deletions and re-creations, each at a time of its own, in random order; returns what must be online."""
    online, rows = {}, []
    events = [(f"id/{number} é", iso(at)) for number in range(identifiers)
              for at in rng.sample(range(1_600_000_000, 1_600_900_000), rng.randint(1, 5))]
    rng.shuffle(events)
    for identifier, at in events:
        newest = online.get(identifier, ("", None))[0]
        if rng.random() < 0.7:
            values = {"Big": rng.choice(BIGS), "score": "0.1", "free-Text": rng.choice(TEXTS)}
            values = {"Id": identifier, "event-time": at, **{name: value for name, value in values.items() if rng.random() < 0.8}}
            runtime.put_record(FeatureGroupName=group, Record=entries(values))
            rows.append((identifier, at, values))
            if at > newest:
                online[identifier] = (at, values)
            continue
        mode = "HardDelete" if hard and rng.random() < 0.5 else "SoftDelete"
        call = {"FeatureGroupName": group, "RecordIdentifierValueAsString": identifier, "EventTime": at, "DeletionMode": mode}
        if mode == "HardDelete" and at < newest:
            refused("ValidationError", 400, runtime.delete_record, **call)
            continue
        runtime.delete_record(**call)
        rows.append((identifier, at, None))
        if mode == "HardDelete":
            online.pop(identifier, None)
        elif at > newest:
            online[identifier] = (at, None)
    return {identifier: values for identifier, (_, values) in online.items() if values}, rows, sorted({row[0] for row in rows})


def read(record):
    return {each["FeatureName"]: each["ValueAsString"] for each in record}


def query(sql, page=1000):
    identifier = athena.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"})["QueryExecutionId"]
    while True:
        execution = athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.05)
    if execution["Status"]["State"] != "SUCCEEDED":
        return execution, None
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=identifier, PaginationConfig={"PageSize": page})
    rows = [[cell.get("VarCharValue") for cell in row["Data"]] for answer in pages for row in answer["ResultSet"]["Rows"]]
    return execution, rows


def groups_of_every_kind():
    group = create("kind-online", online={})
    assert "OfflineStoreConfig" not in group
    group = create("kind-offline", offline={})
    uri = group["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
    assert uri.startswith(f"s3://{BUCKET}/features/000000000000/sagemaker/us-east-1/offline-store/kind-offline-"), uri
    assert group["OfflineStoreConfig"]["DataCatalogConfig"]["Database"] == "sagemaker_featurestore"
    create("kind-both", online={}, offline={})
    group = create("kind-iceberg", offline={"TableFormat": "Iceberg"})
    assert group["OfflineStoreConfig"]["TableFormat"] == "Iceberg"
    group = create("kind-memory", online={"StorageType": "InMemory"}, features=[
        {"FeatureName": "tags", "FeatureType": "String", "CollectionType": "Set"},
        {"FeatureName": "v", "FeatureType": "Fractional", "CollectionType": "Vector", "CollectionConfig": {"VectorConfig": {"Dimension": 2}}}])
    assert group["OnlineStoreConfig"]["StorageType"] == "InMemory"

    pages = sagemaker.get_paginator("list_feature_groups").paginate(NameContains="kind-", PaginationConfig={"PageSize": 2})
    pages = [[each["FeatureGroupName"] for each in page["FeatureGroupSummaries"]] for page in pages]
    assert [len(page) for page in pages] == [2, 2, 1], pages
    assert sorted(sum(pages, [])) == ["kind-both", "kind-iceberg", "kind-memory", "kind-offline", "kind-online"]

    runtime.put_record(FeatureGroupName="kind-memory", Record=entries({"Id": "1", "event-time": iso(0)}) + [
        {"FeatureName": "tags", "ValueAsStringList": ["a", "b"]}, {"FeatureName": "v", "ValueAsStringList": ["0.5", "1"]}])
    record = runtime.get_record(FeatureGroupName="kind-memory", RecordIdentifierValueAsString="1")["Record"]
    lists = {each["FeatureName"]: each["ValueAsStringList"] for each in record if "ValueAsStringList" in each}
    assert sorted(lists["tags"]) == ["a", "b"] and [float(each) for each in lists["v"]] == [0.5, 1], lists

    sagemaker.add_tags(ResourceArn=group["FeatureGroupArn"], Tags=[{"Key": "k", "Value": "v"}])
    assert sagemaker.list_tags(ResourceArn=group["FeatureGroupArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    sagemaker.delete_feature_group(FeatureGroupName="kind-memory")
    refused("ResourceNotFound", 400, sagemaker.describe_feature_group, FeatureGroupName="kind-memory")


def a_random_history_online():
    create("history-online", online={}, offline={})
    live, _, identifiers = write_history("history-online", random.Random(1), 100, hard=True)
    for identifier in identifiers[:20]:
        answer = runtime.get_record(FeatureGroupName="history-online", RecordIdentifierValueAsString=identifier)
        assert ("Record" in answer) == (identifier in live), identifier
    found = {}
    for start in range(0, len(identifiers), 100):
        answer = runtime.batch_get_record(Identifiers=[
            {"FeatureGroupName": "history-online", "RecordIdentifiersValueAsString": identifiers[start:start + 100]}])
        assert answer["Errors"] == [] and answer["UnprocessedIdentifiers"] == []
        found.update({each["RecordIdentifierValueAsString"]: read(each["Record"]) for each in answer["Records"]})
    assert found == live


def a_random_history_in_athena():
    for name, stores in [("history-glue", {}), ("history-iceberg", {"TableFormat": "Iceberg"})]:
        group = create(name, offline=stores)
        _, rows, _ = write_history(name, random.Random(2), 120)
        catalog = group["OfflineStoreConfig"]["DataCatalogConfig"]
        table = f'"{catalog["Database"]}"."{catalog["TableName"]}"'
        execution, result = query(f'SELECT "id", "event-time", "big", "free-text", "is_deleted" FROM {table}', page=100)
        assert result is not None, execution["Status"]
        assert result[0] == ["id", "event-time", "big", "free-text", "is_deleted"], result[0]
        written = [(identifier, at, (values or {}).get("Big"), (values or {}).get("free-Text"), "false" if values else "true")
                   for identifier, at, values in rows]
        # Athena's pages give an empty string and a null apart.
        assert sorted(map(repr, map(tuple, result[1:]))) == sorted(map(repr, written)), name
        newest = {identifier: (at, values) for identifier, at, values in sorted(rows, key=lambda row: row[1])}
        _, result = query(
            f'SELECT "id" FROM (SELECT *, row_number() OVER (PARTITION BY "id" ORDER BY "event-time" DESC) AS place FROM {table}) '
            'WHERE place = 1 AND NOT "is_deleted"')
        assert sorted(row[0] for row in result[1:]) == sorted(identifier for identifier, (_, values) in newest.items() if values)


def errors_of_feature_store():
    create("errors", online={})
    record = entries({"Id": "1", "event-time": iso(0)})
    refused("ResourceInUse", 400, sagemaker.create_feature_group, FeatureGroupName="errors", RecordIdentifierFeatureName="Id",
            EventTimeFeatureName="t", RoleArn=ROLE, OnlineStoreConfig={"EnableOnlineStore": True}, FeatureDefinitions=[
                {"FeatureName": "Id", "FeatureType": "String"}, {"FeatureName": "t", "FeatureType": "String"}])
    refused("ResourceNotFound", 400, sagemaker.describe_feature_group, FeatureGroupName="absent")
    answer = refused("ResourceNotFound", 404, runtime.get_record, FeatureGroupName="absent", RecordIdentifierValueAsString="1")
    assert answer["ResponseMetadata"]["RequestId"]
    answer = refused("ValidationError", 400, runtime.put_record, FeatureGroupName="absent", Record=record)
    assert answer["Error"]["Message"].startswith("Resource Not Found"), answer
    refused("ValidationError", 400, runtime.put_record, FeatureGroupName="errors", Record=entries({"Id": "1"}))
    refused("ValidationError", 400, runtime.put_record, FeatureGroupName="errors", Record=record + entries({"Big": "1.5"}))
    refused("ValidationError", 400, runtime.put_record, FeatureGroupName="errors", Record=record + entries({"unknown": "1"}))
    assert "Record" not in runtime.get_record(FeatureGroupName="errors", RecordIdentifierValueAsString="1")


def errors_of_athena():
    output = {"OutputLocation": f"s3://{BUCKET}/results/"}
    refused("InvalidRequestException", 400, athena.start_query_execution, QueryString="SELEKT 1", ResultConfiguration=output)
    refused("InvalidRequestException", 400, athena.get_query_execution, QueryExecutionId="00000000-0000-0000-0000-000000000000")
    execution, _ = query('SELECT * FROM "sagemaker_featurestore"."absent"')
    assert execution["Status"]["State"] == "FAILED" and "TABLE_NOT_FOUND" in execution["Status"]["StateChangeReason"], execution
    execution, rows = query("SELECT 1 AS one, CAST(NULL AS varchar) AS nothing, '' AS empty, 9223372036854775807 AS big")
    assert rows == [["one", "nothing", "empty", "big"], ["1", None, "", "9223372036854775807"]], rows
    bucket, key = execution["ResultConfiguration"]["OutputLocation"][5:].split("/", 1)
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b'"one","nothing","empty","big"\n"1",,"","9223372036854775807"\n'


def batches_of_records():
    if not hasattr(runtime, "batch_write_record"):
        raise Skipped("this boto3 knows no BatchWriteRecord; AWS_DATA_PATH may name newer models")
    create("batch", online={}, offline={})
    written = [{"FeatureGroupName": "batch", "Record": entries({"Id": f"{number:03}", "event-time": iso(number)})} for number in range(60)]
    for start in range(0, 60, 25):
        answer = runtime.batch_write_record(Entries=written[start:start + 25])
        assert answer["Errors"] == [] and answer["UnprocessedEntries"] == []
    bad = {"FeatureGroupName": "batch", "Record": entries({"Id": "bad", "event-time": iso(0), "Big": "x"})}
    errors = runtime.batch_write_record(Entries=[bad, written[0]])["Errors"]
    assert [each["Entry"] for each in errors] == [bad] and errors[0]["ErrorMessage"], errors
    refused("ValidationError", 400, runtime.batch_write_record, Entries=written[:26])
    seen, token = [], {}
    while True:
        page = runtime.list_records(FeatureGroupName="batch", MaxResults=7, **token)
        assert len(page["RecordIdentifiers"]) <= 7
        seen += page["RecordIdentifiers"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(seen) == [f"{number:03}" for number in range(60)]


def uploads_in_parts():
    bytes_in = random.Random(3).randbytes(13 * MEBIBYTE + 1)
    config = TransferConfig(multipart_threshold=5 * MEBIBYTE, multipart_chunksize=5 * MEBIBYTE, max_concurrency=3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "in")
        with open(path, "wb") as file:
            file.write(bytes_in)
        s3.upload_file(path, BUCKET, "parts/up", Config=config, ExtraArgs={"Metadata": {"a": "1"}})
        s3.copy({"Bucket": BUCKET, "Key": "parts/up"}, BUCKET, "parts/copy", Config=config)
        for key in ["parts/up", "parts/copy"]:
            head = s3.head_object(Bucket=BUCKET, Key=key)
            assert head["ETag"].endswith('-3"') and head["ContentLength"] == len(bytes_in), head
            s3.download_file(BUCKET, key, path, Config=config)
            with open(path, "rb") as file:
                assert file.read() == bytes_in
    assert s3.head_object(Bucket=BUCKET, Key="parts/up")["Metadata"] == {"a": "1"}
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="parts/small")["UploadId"]
    of = {"Bucket": BUCKET, "Key": "parts/small", "UploadId": upload}
    parts = [{"PartNumber": number, "ETag": s3.upload_part(**of, PartNumber=number, Body=b"x")["ETag"]} for number in (1, 2)]
    refused("EntityTooSmall", 400, s3.complete_multipart_upload, **of, MultipartUpload={"Parts": parts})
    refused("InvalidPartOrder", 400, s3.complete_multipart_upload, **of, MultipartUpload={"Parts": parts[::-1]})
    s3.abort_multipart_upload(**of)
    refused("NoSuchUpload", 404, s3.list_parts, **of)


def versions_of_objects():
    s3.create_bucket(Bucket="judge-versions")
    s3.put_bucket_versioning(Bucket="judge-versions", VersioningConfiguration={"Status": "Enabled"})
    for body in range(5):
        s3.put_object(Bucket="judge-versions", Key="a b+c/ü", Body=str(body).encode())
    s3.delete_object(Bucket="judge-versions", Key="a b+c/ü")
    refused("NoSuchKey", 404, s3.get_object, Bucket="judge-versions", Key="a b+c/ü")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="judge-versions", PaginationConfig={"PageSize": 2})
    found = [(each["Key"], each["VersionId"], each["IsLatest"]) for page in pages for each in page.get("DeleteMarkers", []) + page.get("Versions", [])]
    assert len(found) == 6 and [latest for *_, latest in found] == [True] + [False] * 5, found
    assert s3.get_object(Bucket="judge-versions", Key="a b+c/ü", VersionId=found[-1][1])["Body"].read() == b"0"
    refused("BucketNotEmpty", 409, s3.delete_bucket, Bucket="judge-versions")
    deleted = s3.delete_objects(Bucket="judge-versions", Delete={"Objects": [{"Key": key, "VersionId": version} for key, version, _ in found]})
    assert len(deleted["Deleted"]) == 6 and "Errors" not in deleted, deleted
    s3.delete_bucket(Bucket="judge-versions")
    refused("404", 404, s3.head_bucket, Bucket="judge-versions")


def objects_of_any_name():
    keys = ["n/a", "n/a/b", "n//", "n/../x", "n/%41", "n/ +&<>\"'", "n/東京", "n/\u0001\t", "n/" + "x" * 1000]
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == key.encode()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="n/", PaginationConfig={"PageSize": 2})
    listed = [each["Key"] for page in pages for each in page["Contents"]]
    assert listed == sorted(keys, key=str.encode), listed
    pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, Prefix="n/", Delimiter="/", PaginationConfig={"PageSize": 2})
    assert [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", [])] == ["n/../", "n//", "n/a/"]
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "n/東京"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == "n/東京".encode()
    refused("NoSuchKey", 404, s3.get_object, Bucket=BUCKET, Key="n/absent")
    refused("404", 404, s3.head_object, Bucket=BUCKET, Key="n/absent")
    refused("NoSuchBucket", 404, s3.list_objects_v2, Bucket="judge-absent")
    refused("InvalidRange", 416, s3.get_object, Bucket=BUCKET, Key="n/a", Range="bytes=99-")
    refused("PreconditionFailed", 412, s3.put_object, Bucket=BUCKET, Key="n/a", Body=b"", IfNoneMatch="*")


def the_aws_command_line():
    if not shutil.which("aws"):
        raise Skipped("the AWS CLI is not installed here")

    def aws(*arguments):
        return subprocess.run(["aws", *arguments], check=True, capture_output=True, text=True).stdout

    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/tree")
        for name, size in [("one.txt", 3), ("nine.bin", 9 * MEBIBYTE)]:
            with open(f"{folder}/tree/{name}", "wb") as file:
                file.write(random.Random(size).randbytes(size))
        aws("s3", "sync", f"{folder}/tree", f"s3://{BUCKET}/cli/", "--no-progress")
        assert len(aws("s3", "ls", f"s3://{BUCKET}/cli/").splitlines()) == 2
        aws("s3", "cp", f"s3://{BUCKET}/cli/", f"{folder}/back", "--recursive", "--no-progress")
        subprocess.run(["diff", "-r", f"{folder}/tree", f"{folder}/back"], check=True)
        aws("s3", "rm", f"s3://{BUCKET}/cli/", "--recursive")
        assert json.loads(aws("s3api", "list-objects-v2", "--bucket", BUCKET, "--prefix", "cli/", "--query", "Contents")) is None


JUDGEMENTS = [groups_of_every_kind, a_random_history_online, a_random_history_in_athena, errors_of_feature_store, errors_of_athena,
              batches_of_records, uploads_in_parts, versions_of_objects, objects_of_any_name, the_aws_command_line]

if __name__ == "__main__":
    s3.create_bucket(Bucket=BUCKET)
    wanted = sys.argv[1:]
    for judgement in JUDGEMENTS:
        if wanted and judgement.__name__ not in wanted:
            continue
        verdict, why, begun = "holds", "", time.monotonic()
        try:
            judgement()
        except Skipped as reason:
            verdict, why = "skipped", str(reason)
        except Exception:
            verdict, why = "fails", traceback.format_exc(limit=3)
        print(json.dumps({"name": judgement.__name__.replace("_", " "), "verdict": verdict, "why": why, "seconds": round(time.monotonic() - begun, 2)}), flush=True)
