"""Data categories of the Fides taxonomy, and what is wrong with one that is not among them."""

from __future__ import annotations

import difflib
import re

# Keys of the Fides taxonomy 3.1, https://ethyca.com/fideslang, (c) Ethyca, Inc., CC BY 4.0.
CATEGORIES = frozenset(
    {
        "system",
        "system.authentication",
        "system.operations",
        "user",
        "user.account",
        "user.account.settings",
        "user.account.username",
        "user.authorization",
        "user.authorization.biometric",
        "user.authorization.credentials",
        "user.authorization.password",
        "user.behavior",
        "user.behavior.browsing_history",
        "user.behavior.media_consumption",
        "user.behavior.purchase_history",
        "user.behavior.search_history",
        "user.biometric",
        "user.biometric.fingerprint",
        "user.biometric.health",
        "user.biometric.retinal",
        "user.biometric.voice",
        "user.childrens",
        "user.contact",
        "user.contact.address",
        "user.contact.address.city",
        "user.contact.address.country",
        "user.contact.address.postal_code",
        "user.contact.address.state",
        "user.contact.address.street",
        "user.contact.email",
        "user.contact.fax_number",
        "user.contact.organization",
        "user.contact.phone_number",
        "user.contact.url",
        "user.content",
        "user.content.private",
        "user.content.public",
        "user.content.self_image",
        "user.criminal_history",
        "user.demographic",
        "user.demographic.age_range",
        "user.demographic.date_of_birth",
        "user.demographic.gender",
        "user.demographic.language",
        "user.demographic.marital_status",
        "user.demographic.political_opinion",
        "user.demographic.profile",
        "user.demographic.race_ethnicity",
        "user.demographic.religious_belief",
        "user.demographic.sexual_orientation",
        "user.device",
        "user.device.cookie",
        "user.device.cookie_id",
        "user.device.device_id",
        "user.device.ip_address",
        "user.financial",
        "user.financial.bank_account",
        "user.financial.credit_card",
        "user.government_id",
        "user.government_id.birth_certificate",
        "user.government_id.drivers_license_number",
        "user.government_id.immigration",
        "user.government_id.national_identification_number",
        "user.government_id.passport_number",
        "user.government_id.vehicle_registration",
        "user.health_and_medical",
        "user.health_and_medical.genetic",
        "user.health_and_medical.insurance_beneficiary_id",
        "user.health_and_medical.record_id",
        "user.job_title",
        "user.location",
        "user.location.imprecise",
        "user.location.precise",
        "user.name",
        "user.name.first",
        "user.name.last",
        "user.payment",
        "user.privacy_preferences",
        "user.sensor",
        "user.social",
        "user.telemetry",
        "user.unique_id",
        "user.unique_id.pseudonymous",
        "user.user_sensor",
        "user.workplace",
    }
)

_DOTTED = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*", re.IGNORECASE)
_ROOTS = ("user", "system")


def trouble_with(category: str) -> str:
    """Return ``not_dotted``, ``other_root`` or ``custom`` for what is no category of the taxonomy.

    Custom categories below ``user`` and ``system`` are allowed, yet a typing error looks like one.
    """
    if category in CATEGORIES:
        return ""
    if not _DOTTED.fullmatch(category):
        return "not_dotted"
    return "custom" if category.partition(".")[0] in _ROOTS else "other_root"


def nearest(category: str) -> str:
    """Return the category of the taxonomy that was probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(category, sorted(CATEGORIES), n=1, cutoff=0.8)), "")
