"""S3 beyond what moto does: a bucket answers in its own Region alone, and Lambda takes a version of its code."""

from urllib.parse import urlsplit

from moto.awslambda import models as awslambda
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import extract_region_from_aws_authorization
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response

import place

MOVED = (
    "The bucket you are attempting to access must be addressed using the specified endpoint. "
    "Please send all future requests to this endpoint."
)


def bucket_named(name):
    return place.s3().buckets.get(name)


def in_its_region(method):
    """Refuses requests that are signed for another Region than the bucket's."""

    def answered(self, request, full_url, headers):
        name = urlsplit(full_url).path.split("/")[1]
        bucket = bucket_named(name)
        region = extract_region_from_aws_authorization(request.headers.get("Authorization", ""))
        if bucket is None or bucket.region_name == region:
            return method(self, request, full_url, headers)
        body = f"<Error><Code>PermanentRedirect</Code><Message>{MOVED}</Message><Bucket>{name}</Bucket></Error>"
        about = {"x-amz-bucket-region": bucket.region_name, "content-type": "application/xml"}
        return 301, about, "" if request.method == "HEAD" else body

    return answered


def code_at(_account_id, partition, data):
    """The object that a function's code is copied from, or Lambda's refusal. Partition is moto's parameter."""
    bucket = bucket_named(data["S3Bucket"])
    if bucket is None:
        refuse("NoSuchBucket", "The specified bucket does not exist")
    if bucket.region_name != place.REGION:
        refuse(
            "PermanentRedirect",
            f"The bucket is in this region: {bucket.region_name}. Please use this region to retry the request",
        )
    backend = s3_backends[DEFAULT_ACCOUNT_ID][partition]
    key, version = data["S3Key"], data.get("S3ObjectVersion")
    found = backend.get_object(data["S3Bucket"], key, version_id=version)
    if found is None and version is not None and key in bucket.keys:
        refuse("NoSuchVersion", "The specified version does not exist.")
    if found is None:
        refuse("NoSuchKey", "The specified key does not exist.")
    return found


def refuse(code, message):
    raise awslambda.InvalidParameterValueException(
        f"Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
    )


def set_code(self, spec):
    """moto takes the latest version on an update."""
    if "S3Bucket" not in spec:
        return SET_CODE(self, spec)
    content = awslambda._s3_content(code_at(self.account_id, self.partition, spec))
    self.code_bytes, self.code_size, self.code_sha_256, self.code_digest = content
    self.code = {**self.code, "S3ObjectVersion": None, **spec}


SET_CODE = awslambda.LambdaFunction._set_function_code


def install():
    S3Response.key_response = in_its_region(S3Response.key_response)
    awslambda.LambdaFunction._set_function_code = set_code
