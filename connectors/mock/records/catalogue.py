"""What synthetic records are made of: conditions, medicines, tests and vaccines, with real SNOMED CT codes where used.

Frequencies are rough and only have to look plausible; nothing here is medical advice.
"""

from dataclasses import dataclass, field

from vocabulary.record_parts import Coded


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine with an ordinary dose."""

    what: Coded
    dosage: str
    quantity: str
    instruction: str = ""


@dataclass(frozen=True, slots=True)
class Ailment:
    """A condition: between which ages it begins, how many in a hundred of those old enough have it, what is taken."""

    what: Coded
    from_age: int
    percent: int
    lasting: bool = True
    major: bool = False
    medicines: tuple[Medicine, ...] = ()
    complaint: str = ""
    finding: str = ""
    plan: str = ""


def _tablets(words: str, snomed: str, dosage: str, number: int = 28, instruction: str = "") -> Medicine:
    return Medicine(Coded(words, snomed), dosage, f"{number} tablet", instruction)


AMLODIPINE = _tablets("Amlodipine 10mg tablets", "319284000", "One to be taken each day")
RAMIPRIL = _tablets("Ramipril 10mg tablets", "408052000", "One to be taken each day")
ATORVASTATIN = _tablets("Atorvastatin 20mg tablets", "320030001", "One to be taken at night")
METFORMIN = Medicine(
    Coded("Metformin 500mg tablets"), "One to be taken twice a day", "56 tablet", "Take with or just after food"
)
SALBUTAMOL = Medicine(
    Coded("Salbutamol 100micrograms/dose inhaler CFC free", "320139002"),
    "One or two puffs when needed, up to four times a day",
    "1 inhaler",
)
CITALOPRAM = _tablets("Citalopram 20mg tablets", "321987003", "One to be taken each morning")
OMEPRAZOLE = Medicine(
    Coded("Omeprazole 20mg gastro-resistant capsules", "317291008"), "One to be taken each morning", "28 capsule"
)
PARACETAMOL = _tablets(
    "Paracetamol 500mg tablets", "322236009", "Two to be taken up to four times a day", 100, "No more than eight a day"
)
AMOXICILLIN = Medicine(
    Coded("Amoxicillin 500mg capsules", "323510009"), "One to be taken three times a day for 5 days", "15 capsule"
)
CETIRIZINE = _tablets("Cetirizine 10mg tablets", "320818006", "One to be taken each day when needed", 30)
FUROSEMIDE = _tablets("Furosemide 40mg tablets", "317972000", "One to be taken each morning")

AILMENTS = (
    Ailment(
        Coded("Hypertension", "38341003"),
        45,
        35,
        major=True,
        medicines=(AMLODIPINE, RAMIPRIL),
        complaint="Attends for blood pressure review, feels well",
        finding="Pulse regular, no ankle swelling",
        plan="Continue treatment, blood tests before the next review",
    ),
    Ailment(
        Coded("Type 2 diabetes mellitus", "44054006"),
        50,
        12,
        major=True,
        medicines=(METFORMIN, ATORVASTATIN),
        complaint="Diabetes review, manages diet most days",
        finding="Feet: pulses present, sensation normal",
        plan="Repeat HbA1c in six months",
    ),
    Ailment(
        Coded("Asthma", "195967001"),
        6,
        12,
        major=True,
        medicines=(SALBUTAMOL,),
        complaint="Wheeze on exertion, inhaler used twice this week",
        finding="Chest clear, speaking in sentences",
        plan="Inhaler technique checked, written plan given",
    ),
    Ailment(
        Coded("Mixed anxiety and depressive disorder", "231504006"),
        18,
        14,
        medicines=(CITALOPRAM,),
        complaint="Low mood since the spring, sleeping poorly",
        finding="Good eye contact, no thoughts of self-harm",
        plan="Talking therapy offered, see again in four weeks",
    ),
    Ailment(
        Coded("Ischaemic heart disease", "414545008"),
        60,
        10,
        major=True,
        medicines=(ATORVASTATIN, FUROSEMIDE),
        complaint="No chest pain since the last visit",
        finding="Heart sounds normal",
        plan="Yearly review",
    ),
    Ailment(
        Coded("Knee pain", "30989003"),
        40,
        25,
        medicines=(PARACETAMOL,),
        complaint="Knee painful on stairs for some months",
        finding="Full movement, no swelling",
        plan="Exercises shown, physiotherapy if no better",
    ),
    Ailment(
        Coded("Lower respiratory tract infection", "50417007"),
        2,
        30,
        lasting=False,
        medicines=(AMOXICILLIN,),
        complaint="Cough with phlegm for a week",
        finding="Crackles at the right base, temperature 37.8",
        plan="Antibiotics, return if worse",
    ),
    Ailment(
        Coded("Upper respiratory infection", "54150009"),
        1,
        40,
        lasting=False,
        complaint="Sore throat and runny nose for three days",
        finding="Throat red, chest clear",
        plan="Fluids and rest",
    ),
    Ailment(
        Coded("Neck pain", "81680005"),
        20,
        20,
        lasting=False,
        medicines=(PARACETAMOL,),
        complaint="Stiff neck after gardening",
        finding="Movement reduced to the left",
        plan="Keep moving, pain relief",
    ),
)

ALLERGIES: tuple[tuple[Coded, str, str], ...] = (  # what, category, what happened
    (Coded("Allergy to penicillin", "91936005"), "medication", "Rash"),
    (Coded("Allergy to aspirin", "293586001"), "medication", "Wheeze"),
    (Coded("Allergy to peanut", "91935009"), "food", "Swelling of the lips"),
    (Coded("Allergy to latex", "300916003"), "environment", "Itching"),
    (Coded("Allergy to cat dander", "232346004"), "environment", "Sneezing"),
    (Coded("Erythromycin adverse reaction", "419056004"), "medication", "Vomiting"),
)
NO_KNOWN_ALLERGY = Coded("No known allergy", "716186003")

VACCINES: tuple[tuple[Coded, int, int], ...] = (  # what, from which age, every how many years (0: once)
    (Coded("Seasonal influenza vaccination", "822851000000102"), 65, 1),
    (Coded("Administration of measles and mumps and rubella vaccine", "38598009"), 1, 0),
    (Coded("Administration of first dose of tetanus vaccine", "170330007"), 1, 0),
    (Coded("Administration of first dose of hepatitis B vaccine", "170370000"), 25, 0),
)
VACCINE_DECLINED = Coded("Measles, mumps and rubella vaccination declined", "247151000000100")


@dataclass(frozen=True, slots=True)
class Test:
    """One laboratory test: unit, normal range, decimal places."""

    what: Coded
    low: float
    high: float
    unit: str
    places: int = 0


@dataclass(frozen=True, slots=True)
class Panel:
    """A group of tests that come back together."""

    what: Coded
    specimen: str
    tests: tuple[Test, ...] = field(default=())


PANELS = (
    Panel(
        Coded("FBC - full blood count", "1022441000000101"),
        "Venous blood",
        (
            Test(Coded("Haemoglobin estimation", "1022431000000105"), 120, 165, "g/L"),
            Test(Coded("Neutrophil count", "1022551000000104"), 2.0, 7.5, "10*9/L", 1),
            Test(Coded("Lymphocyte count", "1022581000000105"), 1.0, 4.0, "10*9/L", 1),
            Test(Coded("Mean corpuscular volume", "1022491000000106"), 80, 100, "fL"),
        ),
    ),
    Panel(
        Coded("Renal function tests", "1015971000000100"),
        "Serum",
        (
            Test(Coded("Serum sodium level"), 133, 146, "mmol/L"),
            Test(Coded("Serum potassium level"), 3.5, 5.3, "mmol/L", 1),
            Test(Coded("Serum creatinine level"), 50, 110, "umol/L"),
        ),
    ),
    Panel(
        Coded("Liver function test", "997531000000108"),
        "Serum",
        (
            Test(Coded("Serum albumin level"), 35, 50, "g/L"),
            Test(Coded("Serum alanine aminotransferase level"), 10, 45, "U/L"),
        ),
    ),
    Panel(
        Coded("HbA1c level"),
        "Venous blood",
        (Test(Coded("Haemoglobin A1c level"), 28, 60, "mmol/mol"),),
    ),
)
REPORT = Coded("Diagnostic studies report", "721981007")
COMMENT = Coded("Comment note", "37331000000100")
BLOOD_PRESSURE = Coded("Blood pressure", "75367002")
SYSTOLIC = Coded("Systolic arterial pressure", "72313002")
DIASTOLIC = Coded("Diastolic arterial pressure", "1091811000000102")
WEIGHT = Coded("Body weight", "27113001")
SMOKING: tuple[Coded, ...] = (Coded("Never smoked tobacco", "266919005"), Coded("Ex-smoker", "8517006"))
REFERRALS: tuple[tuple[Coded, str, str], ...] = (  # reason, to whom, why
    (Coded("Referral to physiotherapist", "308447003"), "Community Physiotherapy Service", "Pain for over six weeks"),
    (Coded("Referral to counsellor", "308448008"), "Talking Therapies Service", "Low mood, asks for help"),
    (Coded("Refer for X-ray", "183830008"), "Radiology Department", "To rule out a fracture"),
)
RECALLS = (
    Coded("Medication review due", "314529007"),
    Coded("Over 75 health check", "134186004"),
    Coded("FBC - Full blood count", "26604007"),
)
LETTER = Coded("Referral letter", "25611000000107")
