"""Versions of the workers as Temporal knows them: which is current, and what share a new one gets.

A worker without `HUYING_BUILD_ID` is of no version and takes all work there is. With one it takes what
Temporal routes to its version: all once that is current, a share while it is tried out. Cases are upgraded
as they go (docs/decisions/0018): a version that is not current may be stopped at once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import VersionDrainageStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    DescribeWorkerDeploymentResponse,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.worker import deployment_name

KNOWN_WITHIN = 20.0
"""Seconds until Temporal knows a version whose worker has begun to ask for work."""
STEP = 0.25


class UnknownBuildError(RuntimeError):
    """No worker of this build has ever asked Temporal for work."""


@dataclass(frozen=True)
class Version:
    """One build, as Temporal lists it."""

    build: str
    current: bool
    percent: float
    """Of new work, while it is tried out; 0 otherwise."""
    draining: bool
    since: datetime


async def versions(client: Client, task_queue: str) -> list[Version]:
    """Every build that asked for work, the latest first; empty where none has."""
    found = await _described(client, task_queue)
    if found is None:
        return []
    info = found.worker_deployment_info
    routing = info.routing_config
    return sorted(
        (
            Version(
                one.deployment_version.build_id,
                one.deployment_version.build_id == routing.current_deployment_version.build_id,
                routing.ramping_version_percentage
                if one.deployment_version.build_id == routing.ramping_deployment_version.build_id
                else 0.0,
                one.drainage_status == VersionDrainageStatus.VERSION_DRAINAGE_STATUS_DRAINING,
                one.create_time.ToDatetime(UTC),
            )
            for one in info.version_summaries
        ),
        key=lambda version: version.since,
        reverse=True,
    )


async def release(client: Client, task_queue: str, build: str, percent: float = 100.0) -> None:
    """Makes a build the current one, or gives it `percent` of the work; 0 takes it back.

    Raises UnknownBuildError.
    """
    name = deployment_name(task_queue)
    try:
        if percent >= 100:
            await client.workflow_service.set_worker_deployment_current_version(
                SetWorkerDeploymentCurrentVersionRequest(
                    namespace=client.namespace, deployment_name=name, build_id=build
                )
            )
        else:
            await client.workflow_service.set_worker_deployment_ramping_version(
                SetWorkerDeploymentRampingVersionRequest(
                    namespace=client.namespace,
                    deployment_name=name,
                    build_id=build if percent else "",
                    percentage=percent,
                )
            )
    except RPCError as failure:
        if failure.status in (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION):
            raise UnknownBuildError(
                f"no worker of build {build} serves {task_queue}: start one first ({failure.message})"
            ) from failure
        raise


async def first(client: Client, task_queue: str, build: str) -> bool:
    """Makes the first build there ever was the current one; later ones wait for `huying release`."""
    async with asyncio.timeout(KNOWN_WITHIN):
        while True:
            known = await versions(client, task_queue)
            if any(version.current for version in known):
                return False
            if any(version.build == build for version in known):
                await release(client, task_queue, build)
                return True
            await asyncio.sleep(STEP)


async def _described(client: Client, task_queue: str) -> DescribeWorkerDeploymentResponse | None:
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=deployment_name(task_queue)
    )
    try:
        return await client.workflow_service.describe_worker_deployment(request)
    except RPCError as failure:
        if failure.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
