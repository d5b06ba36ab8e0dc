"""kubectl, whose kubeconfig calls `aws eks get-token`: how infrastructure tools in Python reach a cluster."""

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


def usage(field):
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return [getattr(resource.getrusage(who), field) for who in whose]


def cpu_ms():
    return 1000 * (sum(usage("ru_utime")) + sum(usage("ru_stime")))


def timed(name):
    start = time.perf_counter()
    handle(name)
    return 1000 * (time.perf_counter() - start)


prefix, warm_calls = sys.argv[1], int(sys.argv[2])
first = timed(prefix + "-first")
answered_at, cpu = 1000 * time.time(), cpu_ms()
warm = [timed(f"{prefix}-{call}") for call in range(warm_calls)]
print(
    json.dumps(
        {
            "loadMs": 0,
            "firstMs": first,
            "answeredAt": answered_at,
            "cpuMs": cpu,
            "warmMs": warm,
            "warmCpuMs": cpu_ms() - cpu,
            "rssKb": max(usage("ru_maxrss")),
        }
    )
)
