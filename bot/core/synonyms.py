"""What people call the kinds of help, the languages and the places when they ask for resources."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from bot.core.cities import normalise
from bot.core.resources import Topic


def _table(words: str) -> frozenset[str]:
    return frozenset(normalise(word) for word in words.split())


def _reversed(table: Mapping[Topic, str]) -> Mapping[str, tuple[Topic, ...]]:
    found: dict[str, tuple[Topic, ...]] = {}
    for topic, words in table.items():
        for word in (topic.value, *words.split()):
            key = normalise(word)
            found[key] = (*(t for t in found.get(key, ()) if t is not topic), topic)
    return MappingProxyType(found)


_CALLED: Final[Mapping[Topic, str]] = {
    Topic.MUTUAL_AID: "mutualaid aid money cash food groceries rent bills emergency-fund hardship broke "
    "diapers supplies donations dinero comida ayuda-mutua ayudamutua argent nourriture "
    "geld essen",
    Topic.FUNDING: "fund funds grant grants stipend scholarship becas subvención fondos financement "
    "förderung",
    Topic.PEER_SUPPORT: "peer peers support group groups drop-in dropin community talk warmline meetup "
    "apoyo pares grupo comunidad soutien entraide unterstützung selbsthilfe",
    Topic.CRISIS_LINE: "crisis hotline helpline line lines phone call emergency suicide urgent linea línea "
    "crisistext teléfono llamada emergencia ligne-écoute notruf krisentelefon",
    Topic.LEGAL: "lawyer lawyers attorney attorneys solicitor law laws rights court arrest arrested "
    "charges police bail legalaid legal-aid visa abogado abogada abogados derechos "
    "juicio arresto avocat avocate droit droits anwalt anwältin recht rechte advogado",
    Topic.HEALTH: "clinic clinics doctor doctors medical std stds sti stis hiv aids prep pep testing "
    "tested nurse pregnancy abortion contraception birth-control hormones salud médico "
    "medico clínica clinica doctora vih santé médecin clinique gesundheit arzt ärztin "
    "saúde",
    Topic.HARM_REDUCTION: "harmreduction harm drugs drug naloxone narcan needles needle syringes syringe "
    "condoms condom overdose outreach reducción-de-daños condones drogas jeringas "
    "préservatifs seringues kondome drogen",
    Topic.BAD_DATE: "baddate bad-dates baddates bad-client bad-clients badclient uglymugs ugly-mugs "
    "blacklist client-list warning warnings malos-clientes mauvais-clients",
    Topic.DIGITAL_SAFETY: "digital security privacy doxx doxxing dox doxxed doxing opsec online-safety "
    "hacked hacking hack stalking stalker account accounts data-broker brokers vpn anonymity "
    "anonymous seguridad privacidad sécurité confidentialité sicherheit datenschutz",
    Topic.IMAGE_ABUSE: "images image pictures photos videos revengeporn revenge-porn ncii leak leaks "
    "leaked deepfake deepfakes nudes takedown dmca sextortion blackmail fotos imágenes "
    "imagenes video photo bilder",
    Topic.MENTAL_HEALTH: "mental therapy therapist therapists counseling counselling counsellor counselor "
    "psychologist psychiatrist depression anxiety trauma terapia terapeuta psicólogo "
    "psicologa salud-mental thérapie psy therapie psychologe",
    Topic.HOUSING: "house home homeless shelter shelters eviction evicted landlord safe-house refuge "
    "room sleep bed hostel vivienda refugio albergue casa techo desalojo alquiler "
    "logement hébergement wohnung unterkunft obdach moradia abrigo",
    Topic.MIGRANT: "migrants migration immigrant immigrants immigration undocumented papers asylum "
    "refugee deportation ice interpreter migrante migrantes inmigrante inmigración "
    "inmigracion asilo indocumentada indocumentado deportación migrante-s migrants-es "
    "sans-papiers migrantin asyl",
    Topic.TRANS: "transgender transwoman transman nonbinary non-binary enby lgbt lgbtq lgbtqia queer "
    "travesti transgénero transexual transgenre",
    Topic.LABOR: "labour union unions work workplace wages boss club stripper strippers dancer "
    "dancers sindicato trabajo bailarina syndicat travail gewerkschaft arbeit",
    Topic.INCARCERATION: "jail prison prisoner inmate incarcerated probation parole reentry re-entry "
    "detention cárcel carcel prisión presa preso gefängnis",
    Topic.RIGHTS_ORG: "organization organisation organizations organisations org orgs advocacy activism "
    "network decrim decriminalization decriminalisation rightsorg organización "
    "organizacion colectivo association verein",
}

TOPIC_WORDS: Final = _reversed(_CALLED)

LANGUAGE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        normalise(word): code
        for code, words in {
            "en": "english inglés ingles anglais englisch",
            "es": "spanish español espanol castellano espagnol spanisch latina latinx",
            "fr": "french français francais francés französisch",
            "de": "german deutsch alemán aleman allemand",
            "zh": "chinese mandarin cantonese chino chinois 中文 普通话 廣東話",
            "ar": "arabic árabe arabe العربية arabisch",
            "bg": "bulgarian български búlgaro",
            "ro": "romanian română romana rumano",
            "ru": "russian русский ruso",
            "ko": "korean 한국어 coreano",
            "th": "thai ไทย tailandés",
            "sv": "swedish svenska sueco",
            "hi": "hindi हिन्दी",
            "pt": "portuguese português portugues portugués",
            "pl": "polish polski polaco",
            "it": "italian italiano",
            "uk": "ukrainian українська",
            "vi": "vietnamese tiếng-việt",
            "tl": "tagalog filipino",
            "tr": "turkish türkçe",
            "hu": "hungarian magyar",
        }.items()
        for word in words.split()
    }
)

ONLINE_WORDS: Final = _table("online web internet remote anywhere website virtual enlínea en-línea")

COUNTRY_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        normalise(word): code
        for code, words in {
            "US": "usa us unitedstates united-states america estadosunidos eeuu",
            "CA": "canada canadá kanada",
            "GB": "uk gb britain england scotland wales united-kingdom reinounido",
            "IE": "ireland irlanda éire",
            "AU": "australia",
            "NZ": "nz newzealand new-zealand aotearoa",
            "DE": "germany deutschland alemania allemagne",
        }.items()
        for word in words.split()
    }
)

FILLERS: Final = _table(
    "for in the a an and or of to with near at i me my we need needs want help please some any who what "
    "where find looking get can you resources resource list services service sex worker workers sw "
    "around about on  is are para en de la el los las con y o por favor necesito busco ayuda quiero "
    "cerca pour dans le les des et  besoin für und ich brauche hilfe"
)


def near(word: str, known: Mapping[str, object]) -> str | None:
    """The known word that this one is a typing error of."""
    if len(word) < 4:
        return None
    return next(iter(get_close_matches(word, known, n=1, cutoff=0.8)), None)
