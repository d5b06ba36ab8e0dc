"""kubectl with `aws eks get-token` in its kubeconfig, as Python tools for infrastructure use it."""

import json
import resource
import subprocess
import sys
import time


def handle(name):
    labels = {"app": "demo"}
    ports = [{"name": "http", "protocol": "TCP", "containerPort": 80}]
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": "nginx:1.12", "ports": ports}]},
            },
        },
    }
    command = ["kubectl", "create", "--validate=false", "-f", "-"]
    subprocess.run(command, input=json.dumps(manifest), text=True, check=True, stdout=subprocess.DEVNULL)


def timed(name):
    start = time.perf_counter()
    handle(name)
    return 1000 * (time.perf_counter() - start)


def rss_kb():
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in whose)


def tell(result):
    print(json.dumps(result), flush=True)


prefix, warm_calls, pause_ms = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
tell({"initialisedAt": 1000 * time.time()})
sys.stdin.readline()
first = timed(prefix + "-first")
warm = []
for call in range(warm_calls):
    time.sleep(pause_ms / 1000)
    warm.append(timed(f"{prefix}-{call}"))
tell({"firstMs": first, "warmMs": warm, "rssKb": rss_kb()})
