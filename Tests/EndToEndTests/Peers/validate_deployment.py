"""Checks the manifests of Kubernetes: by the schemas of its API, and that their parts fit together.

    python validate_deployment.py MANIFESTS FOLDER

Writes the ConfigMap's files to FOLDER/config and the Secret's to FOLDER/secrets, as Kubernetes mounts them.
"""
import pathlib
import re
import sys

import kubernetes_validate
import yaml

VERSION = "1.30"


def milliseconds(config, key):
    return int(re.search(rf"^\s*{re.escape(key)}: (\d+)$", config, re.MULTILINE).group(1))


def main():
    manifests, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    documents = list(yaml.safe_load_all(manifests.read_text()))
    for document in documents:
        kubernetes_validate.validate(document, VERSION, strict=True)
    parts = {document["kind"]: document for document in documents}
    assert set(parts) == {"ConfigMap", "Secret", "Service", "Deployment"}, sorted(parts)
    config = parts["ConfigMap"]["data"]["config.yml"]
    deployment = parts["Deployment"]["spec"]
    pod = deployment["template"]["spec"]
    container, = pod["containers"]

    # The service has time to end.
    bound = milliseconds(config, "shutdown.delay") + milliseconds(config, "shutdown.timeout") + 2000
    assert pod["terminationGracePeriodSeconds"] * 1000 > bound, "the grace period is shorter than the shutdown"
    assert milliseconds(config, "reload.interval") > 0, "a changed ConfigMap is not read"

    # Neither root nor a root that can be written to.
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    security = container["securityContext"]
    assert security["readOnlyRootFilesystem"] is True and security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}

    # Probes, ports and labels.
    port, = container["ports"]
    assert f"port: {port['containerPort']}" in config, "the endpoint listens on another port"
    for probe, path in (("startupProbe", "/health/live"), ("livenessProbe", "/health/live"),
                        ("readinessProbe", "/health/ready")):
        assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}, probe
    assert "pip-services:health-controller:http" in config, "nobody answers the probes"
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"].items() <= labels.items()
    assert parts["Service"]["spec"]["selector"].items() <= labels.items()
    assert parts["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]

    # What the arguments name is mounted, as folders: a subPath would not change.
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert not any("subPath" in mount for mount in mounts.values())
    assert container["args"] == ["--config", mounts["config"]["mountPath"] + "/config.yml",
                                 "--secrets", mounts["secrets"]["mountPath"]]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert volumes["config"]["configMap"]["name"] == parts["ConfigMap"]["metadata"]["name"]
    assert volumes["secrets"]["secret"]["secretName"] == parts["Secret"]["metadata"]["name"]

    for kind, name, values in (("ConfigMap", "config", parts["ConfigMap"]["data"]),
                               ("Secret", "secrets", parts["Secret"]["stringData"])):
        (folder / name).mkdir()
        for file, text in values.items():
            (folder / name / file).write_text(text)
    print(f"{len(documents)} manifests are valid.")


main()
