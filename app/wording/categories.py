"""Data categories as people read them, in the language of the reader."""

from __future__ import annotations

_LANGUAGES = ("en", "de", "fr", "es")

# Category: English, German, French, Spanish. A category that is not here takes its parent's words.
_WORDS: dict[str, tuple[str, str, str, str]] = {
    "user": ("Personal data", "Personenbezogene Daten", "Données personnelles", "Datos personales"),
    "user.account": ("Account", "Konto", "Compte", "Cuenta"),
    "user.authorization": ("Login details", "Zugangsdaten", "Identifiants", "Datos de acceso"),
    "user.behavior": ("Use of our services", "Nutzung", "Utilisation", "Uso de los servicios"),
    "user.behavior.browsing_history": ("Pages visited", "Besuchte Seiten", "Pages visitées",
                                       "Páginas visitadas"),
    "user.behavior.purchase_history": ("Purchases", "Käufe", "Achats", "Compras"),
    "user.biometric": ("Biometric data", "Biometrische Daten", "Données biométriques",
                       "Datos biométricos"),
    "user.childrens": ("Data about children", "Daten von Kindern", "Données d'enfants",
                       "Datos de menores"),
    "user.contact": ("Contact details", "Kontaktdaten", "Coordonnées", "Datos de contacto"),
    "user.contact.address": ("Address", "Anschrift", "Adresse", "Dirección"),
    "user.contact.email": ("E-mail address", "E-Mail-Adresse", "Adresse e-mail",
                           "Correo electrónico"),
    "user.contact.phone_number": ("Telephone number", "Telefonnummer", "Numéro de téléphone",
                                  "Teléfono"),
    "user.content": ("Messages and files", "Nachrichten und Dateien", "Messages et fichiers",
                     "Mensajes y archivos"),
    "user.criminal_history": ("Criminal record", "Vorstrafen", "Antécédents judiciaires",
                              "Antecedentes penales"),
    "user.demographic": ("About you", "Angaben zur Person", "Votre profil", "Sobre usted"),
    "user.demographic.date_of_birth": ("Date of birth", "Geburtsdatum", "Date de naissance",
                                       "Fecha de nacimiento"),
    "user.demographic.gender": ("Gender", "Geschlecht", "Genre", "Género"),
    "user.demographic.political_opinion": ("Political opinion", "Politische Meinung",
                                           "Opinion politique", "Opinión política"),
    "user.demographic.race_ethnicity": ("Ethnic origin", "Ethnische Herkunft",
                                        "Origine ethnique", "Origen étnico"),
    "user.demographic.religious_belief": ("Religion", "Religion", "Religion", "Religión"),
    "user.demographic.sexual_orientation": ("Sexual orientation", "Sexuelle Orientierung",
                                            "Orientation sexuelle", "Orientación sexual"),
    "user.device": ("Devices", "Geräte", "Appareils", "Dispositivos"),
    "user.device.ip_address": ("Internet address", "Internetadresse", "Adresse internet",
                               "Dirección de internet"),
    "user.financial": ("Payments and accounts", "Zahlungen und Konten", "Paiements et comptes",
                       "Pagos y cuentas"),
    "user.government_id": ("Official identity numbers", "Amtliche Kennnummern",
                           "Numéros officiels", "Números oficiales"),
    "user.health_and_medical": ("Health", "Gesundheit", "Santé", "Salud"),
    "user.job_title": ("Occupation", "Beruf", "Profession", "Profesión"),
    "user.location": ("Location", "Standort", "Localisation", "Ubicación"),
    "user.name": ("Name", "Name", "Nom", "Nombre"),
    "user.payment": ("Payments", "Zahlungen", "Paiements", "Pagos"),
    "user.privacy_preferences": ("Privacy choices", "Datenschutzeinstellungen",
                                 "Choix de confidentialité", "Preferencias de privacidad"),
    "user.social": ("Social networks", "Soziale Netzwerke", "Réseaux sociaux", "Redes sociales"),
    "user.telemetry": ("Technical records", "Technische Protokolle", "Relevés techniques",
                       "Registros técnicos"),
    "user.unique_id": ("Customer number", "Kundennummer", "Numéro de client",
                       "Número de cliente"),
    "user.workplace": ("Employment", "Beschäftigung", "Emploi", "Empleo"),
    "system": ("Technical numbers", "Technische Nummern", "Numéros techniques",
               "Números técnicos"),
}  # fmt: skip


def category_in_words(category: str, language: str = "en") -> str:
    """Return what a data category is called; the nearest parent's words where it has none."""
    short = language.partition("-")[0]
    at = _LANGUAGES.index(short) if short in _LANGUAGES else 0
    parts = category.split(".")
    while parts:
        if words := _WORDS.get(".".join(parts)):
            return words[at]
        parts.pop()
    return category


def categories_in_words(categories: tuple[str, ...], language: str = "en") -> str:
    """Return categories as a list in words, each once, technical numbers left to the end."""
    ordered = sorted(categories, key=lambda each: (each.startswith("system"), each))
    return ", ".join(dict.fromkeys(category_in_words(each, language) for each in ordered))
