"""What may be asked, who must approve, for how long; what a policy says of one access request."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from app.domain.datamap import category_within
from app.domain.people import Role, Verb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.domain.datamap import Field, SourceMap
    from app.domain.people import Member
    from app.domain.scope import Scope


@dataclass(frozen=True)
class Policy:
    """The rules for access requests of a workspace. ``key`` and ``version`` go into the log.

    Minutes and hours are what they say; categories are dotted data categories.
    """

    key: str = "standard"
    title: str = "Standard policy"
    version: int = 1
    minutes_at_most: int = 60
    minutes_by_default: int = 30
    approvers_needed: int = 1
    """How many people other than who asks must say yes."""
    approvers_for_unusual: int = 1
    """How many where the scope has a category that stands out."""
    decide_within_hours: int = 72
    start_within_hours: int = 24
    never_disclosed: tuple[str, ...] = ("user.authorization", "system.authentication")
    stands_out: tuple[str, ...] = (
        "user.health_and_medical",
        "user.biometric",
        "user.childrens",
        "user.criminal_history",
        "user.government_id",
        "user.demographic.race_ethnicity",
        "user.demographic.religious_belief",
        "user.demographic.sexual_orientation",
        "user.demographic.political_opinion",
    )
    retention_days: int = 90
    """Days after closing for which pulled data is kept."""
    lock_after_minutes: int = 10
    """Minutes without a key or the mouse after which a window is locked."""
    stamps_from: str = ""
    """Address of the time-stamping service (RFC 3161) for reports; empty where none is used."""


class FindingLevel(StrEnum):
    """What a finding means for the access request."""

    REFUSED = "refused"
    UNUSUAL = "unusual"
    RULE = "rule"


@dataclass(frozen=True)
class Finding:
    """One thing that a policy says of an access request; ``code`` has a sentence in wording."""

    level: FindingLevel
    code: str
    where: str = ""
    value: str = ""


@dataclass(frozen=True)
class Verdict:
    """Everything that a policy says of one access request."""

    policy: str
    version: int
    findings: tuple[Finding, ...]
    approvers_needed: int
    approvers: tuple[str, ...]
    """Ids of the members who may decide it."""

    @property
    def is_allowed(self) -> bool:
        """Whether it may be asked at all."""
        return all(finding.level is not FindingLevel.REFUSED for finding in self.findings)

    @property
    def unusual(self) -> tuple[Finding, ...]:
        """What an approver should look at."""
        return tuple(each for each in self.findings if each.level is FindingLevel.UNUSUAL)


def evaluate(
    policy: Policy,
    *,
    requester: Member,
    members: Iterable[Member],
    maps: Iterable[SourceMap],
    scope: Scope,
    minutes: int,
) -> Verdict:
    """Return what ``policy`` says before anything is asked.

    ``members`` who may decide and are not the requester are the approvers; each is one person,
    whatever roles she has.
    """
    deciding = {each.id for each in members if each.may(Verb.DECIDE_ACCESS)}
    approvers = tuple(sorted(deciding - {requester.id}))
    about_scope = tuple(_about_scope(policy, maps=maps, scope=scope))
    needed = _needed(policy, about_scope)
    findings = [
        *_about_people(needed, requester=requester, approvers=approvers),
        *_about_minutes(policy, minutes),
        *about_scope,
        Finding(FindingLevel.RULE, "policy.approvers_needed", value=str(needed)),
    ]
    return Verdict(policy.key, policy.version, tuple(findings), needed, approvers)


def approvers_needed(policy: Policy, *, maps: Iterable[SourceMap], scope: Scope) -> int:
    """Return how many people must say yes to ``scope``."""
    return _needed(policy, _about_scope(policy, maps=maps, scope=scope))


def refusals(
    policy: Policy, *, maps: Iterable[SourceMap], scope: Scope, minutes: int
) -> tuple[Finding, ...]:
    """Return why ``policy`` lets nobody grant ``scope`` for so many minutes, if it does not."""
    about = (*_about_minutes(policy, minutes), *_about_scope(policy, maps=maps, scope=scope))
    return tuple(each for each in about if each.level is FindingLevel.REFUSED)


def _needed(policy: Policy, about_scope: Iterable[Finding]) -> int:
    stands_out = any(each.code == "policy.special_category" for each in about_scope)
    unusual = policy.approvers_for_unusual if stands_out else 1
    return max(1, policy.approvers_needed, unusual)


def _about_people(
    needed: int, *, requester: Member, approvers: tuple[str, ...]
) -> Iterable[Finding]:
    if not requester.may(Verb.ASK_FOR_ACCESS):
        yield Finding(FindingLevel.REFUSED, "policy.may_not_ask", value=Role.OFFICER.value)
    if not approvers:
        yield Finding(FindingLevel.REFUSED, "policy.nobody_can_approve")
    elif len(approvers) < needed:
        yield Finding(
            FindingLevel.REFUSED, "policy.too_few_approvers", str(len(approvers)), str(needed)
        )


def _about_minutes(policy: Policy, minutes: int) -> Iterable[Finding]:
    if not 1 <= minutes <= policy.minutes_at_most:
        yield Finding(
            FindingLevel.REFUSED, "policy.too_many_minutes", value=str(policy.minutes_at_most)
        )
    elif minutes > policy.minutes_by_default:
        yield Finding(FindingLevel.UNUSUAL, "policy.longer_than_usual", value=str(minutes))


def _about_scope(policy: Policy, *, maps: Iterable[SourceMap], scope: Scope) -> Iterable[Finding]:
    by_key = {each.key: each for each in maps}
    if not scope.collections:
        yield Finding(FindingLevel.REFUSED, "policy.empty_scope")
    for address, paths in sorted(scope.collections.items()):
        source_map = by_key.get(address.dataset)
        collection = source_map.find(address.collection) if source_map else None
        if collection is None:
            yield Finding(FindingLevel.REFUSED, "policy.not_in_map", where=str(address))
            continue
        for path in paths:
            found = collection.find(path)
            where = f"{address}.{path}"
            if found is None:
                yield Finding(FindingLevel.REFUSED, "policy.not_in_map", where=where)
                continue
            if found.never_disclose:
                yield Finding(FindingLevel.REFUSED, "policy.never_disclosed", where=where)
            # Whoever gets an object gets what is inside it.
            for inner, each in found.walk(path.removesuffix(found.name)):
                yield from _about_categories(policy, f"{address}.{inner}", each.categories)


def _about_categories(policy: Policy, where: str, categories: Iterable[str]) -> Iterable[Finding]:
    for category in categories:
        if any(category_within(category, each) for each in policy.never_disclosed):
            yield Finding(FindingLevel.REFUSED, "policy.never_disclosed", where, category)
        if any(category_within(category, each) for each in policy.stands_out):
            yield Finding(FindingLevel.UNUSUAL, "policy.special_category", where, category)


def disclosable(policy: Policy, field: Field) -> bool:
    """Say whether a field, with all that is inside it, may be in a scope at all."""
    return not field.never_disclose and not any(
        category_within(category, each)
        for _path, inner in field.walk()
        for category in inner.categories
        for each in policy.never_disclosed
    )
