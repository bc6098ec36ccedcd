#!/usr/bin/env python3
"""Packs a root folder into an OCI image, without an engine.

    make_image.py ROOT IMAGE.tar --name beacons --tag 1.0.0 --executable /beacons --port 8080

The archive is an OCI image layout with one layer, which `docker load`, `podman load` and `skopeo copy oci-archive:` read.
The same root gives the same image: times are those of SOURCE_DATE_EPOCH, or 0.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import platform
import tarfile
import time

USER = 65532
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def encoded(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(root, epoch):
    """The files as a tar archive. Those of /data and /tmp belong to the service, all others to root."""
    def cleaned(info):
        path = info.name[2:]
        owner = USER if path in ("data", "tmp") else 0
        info.uid = info.gid = owner
        info.uname = info.gname = ""
        info.mtime = epoch
        if info.isdir():
            info.mode = 0o755
        elif info.isfile():
            info.mode = 0o755 if info.mode & 0o100 else 0o644
        return info

    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
        names = sorted(os.path.relpath(os.path.join(folder, name), root)
                       for folder, folders, files in os.walk(root) for name in folders + files)
        for name in names:
            archive.add(os.path.join(root, name), "./" + name, recursive=False, filter=cleaned)
    return data.getvalue()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root")
    parser.add_argument("image")
    parser.add_argument("--name", required=True)
    parser.add_argument("--tag", required=True)
    parser.add_argument("--executable", required=True)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))

    plain = layer(options.root, epoch)
    packed = gzip.compress(plain, compresslevel=6, mtime=epoch)
    architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
    config = encoded({
        "architecture": architecture, "os": "linux", "created": created,
        "config": {
            "User": f"{USER}:{USER}", "WorkingDir": "/", "Entrypoint": [options.executable],
            "Env": ["PATH=/", f"HTTP_PORT={options.port}"], "ExposedPorts": {f"{options.port}/tcp": {}},
            "StopSignal": "SIGTERM",
            "Labels": {"org.opencontainers.image.title": options.name, "org.opencontainers.image.version": options.tag},
            # Of Docker; Kubernetes has probes of its own.
            "Healthcheck": {
                "Test": ["CMD", options.executable, "--probe", f"{options.port}/health/ready"],
                "Interval": 10_000_000_000, "Timeout": 3_000_000_000, "StartPeriod": 10_000_000_000, "Retries": 3},
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
        "history": [{"created": created, "created_by": "scripts/make_image.py"}],
    })
    kind = "application/vnd.oci.image."
    manifest = encoded({
        "schemaVersion": 2, "mediaType": kind + "manifest.v1+json",
        "config": {"mediaType": kind + "config.v1+json", "digest": digest(config), "size": len(config)},
        "layers": [{"mediaType": kind + "layer.v1.tar+gzip", "digest": digest(packed), "size": len(packed)}],
    })
    index = encoded({
        "schemaVersion": 2, "mediaType": kind + "index.v1+json",
        "manifests": [{
            "mediaType": kind + "manifest.v1+json", "digest": digest(manifest), "size": len(manifest),
            "annotations": {"org.opencontainers.image.ref.name": options.tag,
                            "io.containerd.image.name": f"docker.io/library/{options.name}:{options.tag}"}}],
    })

    def blob(data):
        return "blobs/" + digest(data).replace(":", "/")

    files = {
        "oci-layout": encoded({"imageLayoutVersion": "1.0.0"}), "index.json": index,
        blob(manifest): manifest, blob(config): config, blob(packed): packed,
        # What `docker load` of older engines reads.
        "manifest.json": encoded([{
            "Config": blob(config), "RepoTags": [f"{options.name}:{options.tag}"], "Layers": [blob(packed)]}]),
    }
    with tarfile.open(options.image, "w") as archive:
        for name, data in sorted(files.items()):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(data), 0o644, epoch
            archive.addfile(info, io.BytesIO(data))
    megabytes = 1_000_000
    print(f"{options.image}: {os.path.getsize(options.image) / megabytes:.1f} MB, "
          f"unpacked {len(plain) / megabytes:.1f} MB, {digest(manifest)}")


main()
