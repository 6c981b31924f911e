"""What Kubernetes takes in the parts of a manifest that examples/kubernetes-cronjob.yaml uses, as JSON Schema.

Written from the fields that the API reference lists for ConfigMap v1, PersistentVolumeClaim v1 and CronJob batch/v1;
fields that the example has no use for are left out, so that this is stricter than Kubernetes and never laxer.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
QUANTITY: Schema = {"type": "string", "pattern": r"^\d+(?:\.\d+)?(?:m|[kMGTPE]i?)?$"}
NAME: Schema = {"type": "string", "pattern": "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"}
PATH: Schema = {"type": "string", "pattern": "^/"}


def record(*required: str, **fields: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": fields}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def texts(values: Schema = TEXT) -> Schema:
    return {"type": "object", "additionalProperties": values}


META = record("name", name=NAME, namespace=NAME, labels=texts(), annotations=texts())
AMOUNTS = record(requests=texts(QUANTITY), limits=texts(QUANTITY))
ON_EXIT = record(
    *("operator", "values"),
    containerName=NAME,
    operator=one_of("In", "NotIn"),
    values={"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 255, "uniqueItems": True},
)
ON_CONDITION = record("type", type=TEXT, status=one_of("True", "False", "Unknown"))
FAILURE_RULE = record(
    "action",
    action=one_of("FailJob", "FailIndex", "Ignore", "Count"),
    onExitCodes=ON_EXIT,
    onPodConditions=many(ON_CONDITION),
)
SECURITY_OF_CONTAINER = record(
    allowPrivilegeEscalation=FLAG,
    readOnlyRootFilesystem=FLAG,
    runAsNonRoot=FLAG,
    runAsUser=COUNT,
    capabilities=record(drop=many(TEXT), add=many(TEXT)),
)
CONTAINER = record(
    *("name", "image"),
    name=NAME,
    image=TEXT,
    imagePullPolicy=one_of("Always", "IfNotPresent", "Never"),
    command=many(TEXT),
    args=many(TEXT),
    env=many(record("name", name=TEXT, value=TEXT)),
    envFrom=many(record(secretRef=record("name", name=NAME), configMapRef=record("name", name=NAME))),
    resources=AMOUNTS,
    securityContext=SECURITY_OF_CONTAINER,
    volumeMounts=many(record("name", "mountPath", name=NAME, mountPath=PATH, readOnly=FLAG, subPath=TEXT)),
)
VOLUME = record(
    "name",
    name=NAME,
    configMap=record("name", name=NAME),
    secret=record("secretName", secretName=NAME),
    persistentVolumeClaim=record("claimName", claimName=NAME, readOnly=FLAG),
    emptyDir=record(sizeLimit=QUANTITY, medium=one_of("", "Memory")),
)
POD = record(
    *("containers", "restartPolicy"),
    containers=many(CONTAINER),
    volumes=many(VOLUME),
    restartPolicy=one_of("OnFailure", "Never"),
    automountServiceAccountToken=FLAG,
    terminationGracePeriodSeconds=COUNT,
    securityContext=record(runAsNonRoot=FLAG, runAsUser=COUNT, runAsGroup=COUNT, fsGroup=COUNT),
)
JOB = record(
    "template",
    template=record("spec", metadata=META, spec=POD),
    activeDeadlineSeconds=COUNT,
    ttlSecondsAfterFinished=COUNT,
    backoffLimit=COUNT,
    podFailurePolicy=record("rules", rules={**many(FAILURE_RULE), "maxItems": 20}),
)
CRON_JOB = record(
    *("schedule", "jobTemplate"),
    schedule=TEXT,
    timeZone=TEXT,
    concurrencyPolicy=one_of("Allow", "Forbid", "Replace"),
    startingDeadlineSeconds=COUNT,
    successfulJobsHistoryLimit=COUNT,
    failedJobsHistoryLimit=COUNT,
    suspend=FLAG,
    jobTemplate=record("spec", metadata=META, spec=JOB),
)
CLAIM = record(
    *("accessModes", "resources"),
    accessModes=many(one_of("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")),
    resources=record("requests", requests=record("storage", storage=QUANTITY), limits=texts(QUANTITY)),
    storageClassName=TEXT,
)


def manifest(kind: str, version: str, **fields: Schema) -> Schema:
    known = record(
        *("apiVersion", "kind", "metadata", *fields),
        apiVersion=one_of(version),
        kind=one_of(kind),
        metadata=META,
        **fields,
    )
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **known}


SCHEMAS = {
    "ConfigMap": manifest("ConfigMap", "v1", data=texts()),
    "PersistentVolumeClaim": manifest("PersistentVolumeClaim", "v1", spec=CLAIM),
    "CronJob": manifest("CronJob", "batch/v1", spec=CRON_JOB),
}
