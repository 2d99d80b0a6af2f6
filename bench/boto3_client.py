# SPDX-License-Identifier: Apache-2.0
"""What one GetCallerIdentity costs a process by boto3: boto3_client.py URL COUNT THREADS prints microseconds of CPU."""

import concurrent.futures
import resource
import sys

import boto3
import botocore.config


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(url, count, threads):
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=url, config=botocore.config.Config(max_pool_connections=threads))
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        def run(calls):
            if threads == 1:
                return [sts.get_caller_identity() for _ in range(calls)]
            return list(pool.map(lambda _: sts.get_caller_identity(), range(calls)))

        run(20 * threads)
        begin = cpu_seconds()
        run(count)
        print((cpu_seconds() - begin) * 1e6 / count)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
