"""boto3, AWS's own client, against the stand-in: aws_peer.py URL COMMAND ARGUMENT..."""
import json
import os
import sys

# Installed beside the other packages, see requirements-aws.txt.
sys.path.insert(0, os.path.join(sys.prefix, "aws"))

import boto3  # noqa: E402

url, command, *arguments = sys.argv[1:]


def client(service):
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=url, aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret")


def queue_url(name):
    return client("sqs").get_queue_url(QueueName=name)["QueueUrl"]


def send(name, *bodies):
    """Sends messages to a queue; returns their ids."""
    sqs, url = client("sqs"), queue_url(name)
    return [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in bodies]


def receive(name):
    """The first message of a queue."""
    messages = client("sqs").receive_message(
        QueueUrl=queue_url(name), MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"]
    attributes = {key: value["StringValue"] for key, value in messages[0].get("MessageAttributes", {}).items()}
    return {"body": messages[0]["Body"], "attributes": attributes, "system": messages[0]["Attributes"]}


def attributes(name):
    """The attributes of a queue."""
    return client("sqs").get_queue_attributes(QueueUrl=queue_url(name), AttributeNames=["All"])["Attributes"]


def logs(group, stream):
    """The events of a log stream."""
    events = client("logs").get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [[event["timestamp"], event["message"]] for event in events]


def metrics(namespace):
    """The metrics of a namespace, with their statistics."""
    watch = client("cloudwatch")
    result = {}
    for metric in watch.list_metrics(Namespace=namespace)["Metrics"]:
        found = watch.get_metric_statistics(
            Namespace=namespace, MetricName=metric["MetricName"], Dimensions=metric["Dimensions"],
            StartTime="2000-01-01", EndTime="2100-01-01", Period=3600 * 24 * 365 * 100,
            Statistics=["Sum", "Minimum", "Maximum", "SampleCount"])["Datapoints"]
        point = found[0] if found else {}
        result[metric["MetricName"]] = {
            "dimensions": metric["Dimensions"], "sum": point.get("Sum"), "min": point.get("Minimum"),
            "max": point.get("Maximum"), "count": point.get("SampleCount"), "unit": point.get("Unit")}
    return result


def secret(name, text):
    """Creates a secret."""
    return client("secretsmanager").create_secret(Name=name, SecretString=text)["Name"]


def parameters(*pairs):
    """Creates encrypted parameters from names and texts."""
    ssm = client("ssm")
    for name, text in zip(pairs[::2], pairs[1::2]):
        ssm.put_parameter(Name=name, Value=text, Type="SecureString")


def publish(topic, text):
    """Publishes to a topic by its name."""
    sns = client("sns")
    return sns.publish(TopicArn=sns.create_topic(Name=topic)["TopicArn"], Message=text)["MessageId"]


print("RESULT", json.dumps(globals()[command](*arguments), default=str))
