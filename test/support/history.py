"""An outside judge in boto3: writes a random history into a feature group, or says what its records are.

history.py write GROUP SEED    create the group, write the history, print the live records as JSON by identifier
history.py read GROUP IDS      read the records of the identifiers (a JSON array on stdin) from the online store
"""
import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3

sagemaker = boto3.client("sagemaker")
runtime = boto3.client("sagemaker-featurestore-runtime")

IDENTIFIERS = 1500
FEATURES = {"Customer-ID": "String", "EventTime": "Fractional", "Big": "Integral", "SCORE": "Fractional", "free-Text": "String", "select": "String"}
TEXTS = ["", " ", "plain", 'say "hi"', "it's", "a,b", "two\nlines", "\r\n", "Zürich", "東京 🎌", "NULL", "\\N", "007", "null", "a\tb", "{}", "é\u0301"]
BIGS = ["9223372036854775807", "-9223372036854775808", "9007199254740993", "0", "-1", "42"]
SCORES = ["0.1", "1e-7", "1.5e300", "-0.0", "123456789.123", "5e-324", "2", "1E20", "0.30000000000000004"]


def create(group):
    definitions = [{"FeatureName": name, "FeatureType": kind} for name, kind in FEATURES.items()]
    sagemaker.create_feature_group(
        FeatureGroupName=group, RecordIdentifierFeatureName="Customer-ID", EventTimeFeatureName="EventTime", FeatureDefinitions=definitions,
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://judge/features"}}, RoleArn="arn:aws:iam::000000000000:role/judge")
    while sagemaker.describe_feature_group(FeatureGroupName=group)["FeatureGroupStatus"] == "Creating":
        pass


def history(rng):
    """Puts, deletions and re-creations of each identifier, each at an event time of its own, shuffled over all of them."""
    events = []
    for number in range(IDENTIFIERS):
        identifier = rng.choice(["c-%d", "ü/%d", "%05d", "a b %d", "it's %d"]) % number
        for time in rng.sample(range(1_699_000_000_000, 1_700_000_000_000), rng.randint(1, 5)):
            values = {"Big": rng.choice(BIGS), "SCORE": rng.choice(SCORES), "free-Text": rng.choice(TEXTS), "select": rng.choice(TEXTS)}
            present = {name: value for name, value in values.items() if rng.random() < 0.8}
            deleted = rng.random() < 0.25
            events.append((identifier, "%d.%03d" % divmod(time, 1000), None if deleted else present))
    rng.shuffle(events)
    return events


def send(group, identifier, time, values):
    if values is None:
        runtime.delete_record(FeatureGroupName=group, RecordIdentifierValueAsString=identifier, EventTime=time)
        return
    record = {"Customer-ID": identifier, "EventTime": time, **values}
    runtime.put_record(FeatureGroupName=group, Record=[{"FeatureName": name, "ValueAsString": value} for name, value in record.items()])


def write(group, seed):
    create(group)
    events = history(random.Random(seed))
    with ThreadPoolExecutor(8) as threads:
        for sent in [threads.submit(send, group, *event) for event in events]:
            sent.result()
    newest = {}
    for identifier, time, values in events:
        if identifier not in newest or float(newest[identifier][0]) < float(time):
            newest[identifier] = (time, values)
    live = {identifier: {"EventTime": time, **values} for identifier, (time, values) in newest.items() if values is not None}
    json.dump({"live": live, "identifiers": list(newest)}, sys.stdout)


def read(group):
    identifiers = json.load(sys.stdin)
    records = {}
    for start in range(0, len(identifiers), 100):
        answer = runtime.batch_get_record(
            Identifiers=[{"FeatureGroupName": group, "RecordIdentifiersValueAsString": identifiers[start : start + 100]}])
        assert not answer["Errors"] and not answer["UnprocessedIdentifiers"], answer
        for found in answer["Records"]:
            values = {each["FeatureName"]: each["ValueAsString"] for each in found["Record"]}
            assert values.pop("Customer-ID") == found["RecordIdentifierValueAsString"]
            records[found["RecordIdentifierValueAsString"]] = values
    json.dump(records, sys.stdout)



if __name__ == "__main__":
    verb, group, *rest = sys.argv[1:]
    if verb == "write":
        write(group, int(rest[0]))
    else:
        read(group)
