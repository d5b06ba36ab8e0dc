"""Where the account is looked at: the Region of its cluster, and that Region's partition."""

import os

from moto.awslambda.models import lambda_backends
from moto.cloudformation.models import cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

REGION = os.environ["AWS_DEFAULT_REGION"]
PARTITION = get_partition(REGION)


def iam():
    return iam_backends[DEFAULT_ACCOUNT_ID][PARTITION]


def s3():
    return s3_backends[DEFAULT_ACCOUNT_ID][PARTITION]


def lambdas():
    return lambda_backends[DEFAULT_ACCOUNT_ID][REGION]


def ec2():
    return ec2_backends[DEFAULT_ACCOUNT_ID][REGION]


def logs():
    return logs_backends[DEFAULT_ACCOUNT_ID][REGION]


def stacks():
    return cloudformation_backends[DEFAULT_ACCOUNT_ID][REGION].stacks
