"""GraphQL over HTTP as any front end speaks it, with the patience that a restart of a part needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

PATIENCE = 60.0
"""Seconds in which a part that died is back; until then the same request is sent again."""
AGAIN_AFTER = 0.5
TIMEOUT = aiohttp.ClientTimeout(total=30)
UNAVAILABLE = "UNAVAILABLE"


class DemoError(RuntimeError):
    """The demo did not go as it should; the message says what was asked and what came back."""


def session() -> aiohttp.ClientSession:
    """Connections to the platform, to be closed: one process is the whole crowd of a round."""
    return aiohttp.ClientSession(timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0))


class Api:
    """One GraphQL endpoint and the store's upload addresses."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def ask(self, token: str, document: str, **variables: object) -> Any:
        """The data of an answer; as anybody without a token. Raises DemoError for errors, or no answer."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self._once(token, document, variables)
            except (aiohttp.ClientError, TimeoutError, _AwayError) as away:
                if time.monotonic() > deadline:
                    raise DemoError(f"no answer from {self._url} for {PATIENCE:g} s: {away}") from away
            await asyncio.sleep(AGAIN_AFTER)

    async def act(self, token: str, name: str, key: str, answer: str, /, **given: object) -> Any:
        """Carries a mutation out and returns `answer` of its success. Raises DemoError where it is refused.

        Sent again under the same key when a part is away: it acts once all the same.
        """
        kind = SHARED.get(name, f"{name[0].upper()}{name[1:]}Input")
        success = SUCCESS[name]
        document = (
            f"mutation {name}($input: {kind}!) {{ {name}(input: $input) {{ __typename "
            f"... on {success} {{ {answer} }} ... on Problem {{ code message field }} }} }}"
        )
        deadline = time.monotonic() + PATIENCE
        while True:
            data = await self.ask(token, document, input={"idempotencyKey": key, **given})
            result = data[name]
            if result["__typename"] == success:
                return result
            if result["code"] != UNAVAILABLE or time.monotonic() > deadline:
                raise DemoError(
                    f"{name} was refused: {result['code']} {result['message']} ({result['field']})"
                )
            await asyncio.sleep(AGAIN_AFTER)

    async def upload(self, to: Mapping[str, Any], data: bytes) -> None:
        """Sends a photo's bytes straight to the store. Raises DemoError."""
        headers = {header["name"]: header["value"] for header in to["headers"]}
        if to["method"] == "POST":
            form = aiohttp.FormData()
            for field in to["fields"]:
                form.add_field(field["name"], field["value"])
            form.add_field("file", data, filename="photo.jpg", content_type="image/jpeg")
            sending = self._http.post(to["url"], data=form)
        else:
            sending = self._http.request(to["method"], to["url"], data=data, headers=headers)
        async with sending as answer:
            if not answer.ok:
                raise DemoError(f"the store refused a photo: {answer.status} {(await answer.text())[:200]}")

    async def _once(self, token: str, document: str, variables: Mapping[str, object]) -> Any:
        body = {"query": document, "variables": variables}
        headers = {"Accept-Language": "zh"} | ({"Authorization": f"Bearer {token}"} if token else {})
        async with self._http.post(self._url, json=body, headers=headers) as answer:
            if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _AwayError(f"status {answer.status}")
            payload = await answer.json(content_type=None)
        if payload.get("errors"):
            first = payload["errors"][0]
            if first.get("extensions", {}).get("code") == UNAVAILABLE:
                raise _AwayError(first["message"])
            raise DemoError(f"{first['message']} (at {first.get('path')})")
        return payload["data"]


class _AwayError(Exception):
    """A service is away for the moment."""


SHARED: Mapping[str, str] = {
    "acceptAssignment": "AssignmentInput",
    "reportIn": "AssignmentInput",
    "completeAssignment": "AssignmentInput",
    "suspendIssue": "IssueReasonInput",
    "resumeIssue": "IssueReasonInput",
    "openSurvey": "SurveyInput",
    "closeSurvey": "SurveyInput",
    "scoreSurvey": "SurveyInput",
    "publishSurvey": "SurveyInput",
    "submitResponse": "ResponseInput",
    "startItem": "ItemInput",
    "completeItem": "ItemInput",
}
"""Mutations that share an input; the others have one that is named after them."""
SUCCESS: Mapping[str, str] = {
    "reportIssue": "IssueReported",
    "mergeIssue": "IssueMerged",
    "assessIssue": "IssueAssessed",
    "callDepartment": "DepartmentCalled",
    "dispatchIssue": "IssueChanged",
    "acceptAssignment": "AssignmentAccepted",
    "returnAssignment": "AssignmentChanged",
    "adjudicateReturn": "AssignmentChanged",
    "reportIn": "ReportedIn",
    "proposePlan": "PlanChanged",
    "agreePlan": "PlanChanged",
    "suspendIssue": "IssueChanged",
    "resumeIssue": "IssueChanged",
    "askExtension": "AssignmentChanged",
    "decideExtension": "AssignmentChanged",
    "completeAssignment": "AssignmentCompleted",
    "addProgressNote": "ProgressNoted",
    "verifyIssue": "IssueVerified",
    "answerReporters": "IssueChanged",
    "rateReport": "ReportRated",
    "recordFollowUp": "ReportRated",
    "reviewDepartment": "ReviewDrafted",
    "signReview": "DepartmentReviewed",
    "requestEvidenceUpload": "EvidenceUploadReady",
    "confirmEvidence": "EvidenceConfirmed",
    "publishBulletin": "BulletinPublished",
    "createSurvey": "SurveyChanged",
    "openSurvey": "SurveyChanged",
    "closeSurvey": "SurveyChanged",
    "enterSurveyFeatures": "SurveyFeaturesEntered",
    "scoreSurvey": "SurveyScored",
    "publishSurvey": "SurveyScored",
    "submitResponse": "ResponseTaken",
    "draftItems": "ItemsDrafted",
    "issueItems": "ItemsIssued",
    "raiseItemCall": "ItemChanged",
    "startItem": "ItemChanged",
    "completeItem": "ItemChanged",
    "askResidents": "ResidentsAsked",
    "beginCycle": "CycleChanged",
    "advanceCycle": "CycleChanged",
}
"""What each mutation answers when it did what was asked."""
