-- One file for every practice. Times are whole seconds since 1970 (UTC). Logical ids are the practice's own:
-- the same id means something else at the next practice, as in the world outside.

CREATE TABLE IF NOT EXISTS practice (
  ods TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL, address TEXT NOT NULL, postcode TEXT NOT NULL,
  asid TEXT NOT NULL, settings TEXT NOT NULL DEFAULT '{}'  -- JSON, see manners.py
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS location (
  ods TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, postcode TEXT NOT NULL,
  phone TEXT NOT NULL,
  PRIMARY KEY (ods, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS practitioner (
  ods TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, gender TEXT NOT NULL,
  sds_user_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (ods, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS session (
  ods TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, location_id TEXT, practitioner_id TEXT,
  role_code TEXT NOT NULL, bookable INTEGER NOT NULL, kinds TEXT NOT NULL, ods_codes TEXT NOT NULL,
  embargo INTEGER, closes INTEGER NOT NULL, cancelled INTEGER NOT NULL DEFAULT 0,
  most INTEGER,  -- how many of its slots one organisation may book; NULL: all
  PRIMARY KEY (ods, id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS slot (
  ods TEXT NOT NULL, id TEXT NOT NULL, session_id TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
  channel TEXT NOT NULL, slot_type TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('free', 'busy', 'removed')),
  PRIMARY KEY (ods, id),
  CHECK (starts < ends)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS slot_free ON slot (ods, starts) WHERE status = 'free';
CREATE INDEX IF NOT EXISTS slot_diary ON slot (ods, starts);
CREATE INDEX IF NOT EXISTS slot_session ON slot (ods, session_id);

CREATE TABLE IF NOT EXISTS patient (
  ods TEXT NOT NULL, id TEXT NOT NULL, nhs_number TEXT NOT NULL, family TEXT NOT NULL, given TEXT NOT NULL,
  birth_date TEXT NOT NULL, gender TEXT NOT NULL, postcode TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL,
  standing TEXT NOT NULL, temporary INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (ods, id),
  UNIQUE (ods, nhs_number)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS appointment (
  ods TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, status TEXT NOT NULL, patient_id TEXT NOT NULL,
  starts INTEGER NOT NULL, ends INTEGER NOT NULL, description TEXT NOT NULL, comment TEXT NOT NULL,
  cancellation_reason TEXT NOT NULL, created INTEGER NOT NULL, session_id TEXT NOT NULL, location_id TEXT NOT NULL,
  practitioner_id TEXT NOT NULL, channel TEXT NOT NULL, slot_type TEXT NOT NULL, slot_ids TEXT NOT NULL,
  booked_by TEXT NOT NULL, booked_by_name TEXT NOT NULL, booked_by_phone TEXT NOT NULL, booked_by_kind TEXT NOT NULL,
  PRIMARY KEY (ods, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS appointment_patient ON appointment (ods, patient_id, starts);
CREATE INDEX IF NOT EXISTS appointment_session ON appointment (ods, session_id);

-- What is special about somebody's record (record_room.RecordTrait), words planted in it, and what a practice does not
-- give out.
CREATE TABLE IF NOT EXISTS record_trait (
  ods TEXT NOT NULL, nhs_number TEXT NOT NULL, trait TEXT NOT NULL,
  PRIMARY KEY (ods, nhs_number, trait)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record_words (
  ods TEXT NOT NULL, nhs_number TEXT NOT NULL, words TEXT NOT NULL,
  PRIMARY KEY (ods, nhs_number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record_document (  -- put in for a test: how it is listed (JSON), and what it holds (base64)
  ods TEXT NOT NULL, nhs_number TEXT NOT NULL, id TEXT NOT NULL, listing TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (ods, nhs_number, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record_off (
  ods TEXT NOT NULL, part TEXT NOT NULL,
  PRIMARY KEY (ods, part)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS person (
  nhs_number TEXT PRIMARY KEY, family TEXT NOT NULL, given TEXT NOT NULL, birth_date TEXT NOT NULL,
  gender TEXT NOT NULL, postcode TEXT NOT NULL, address TEXT NOT NULL, phone TEXT NOT NULL,
  home_practice TEXT NOT NULL, restricted INTEGER NOT NULL, deceased INTEGER NOT NULL, superseded_by TEXT NOT NULL,
  interpreter TEXT NOT NULL, access_needs TEXT NOT NULL,
  family_key TEXT NOT NULL  -- lower case, for searching
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS person_search ON person (birth_date, family_key);
