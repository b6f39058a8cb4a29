"""Checks a resource against the published constraints in profiles.json: says all that is wrong with it, as paths.

What it knows: how often elements may occur (never included), fixed values, types and the forms of primitives,
elements that do not exist, slices, required value sets, targets of references, extensions with definitions of their
own, contained resources. What it leaves to others: HL7's co-occurrence rules, of which it knows a handful.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from gp_connect import structures

Facts = dict[str, Any]
_PUBLISHED = json.loads((Path(__file__).parent / "profiles.json").read_text(encoding="utf-8"))
PROFILES: dict[str, Facts] = {profile["url"]: profile for profile in _PUBLISHED["profiles"].values()}
CODES: dict[str, dict[str, str]] = {url: system["codes"] for url, system in _PUBLISHED["code_systems"].items()}
_VALUE_SETS: dict[str, dict[str, list[str]]] = {url: each["systems"] for url, each in _PUBLISHED["value_sets"].items()}
_NEVER_USED = {"http://hl7.org/fhir/ValueSet/encounter-reason", "http://www.rfc-editor.org/bcp/bcp13.txt"}
# What a profile of GP Connect stands for where a reference may point at it
_TYPE_OF_TARGET = {name: profile["type"] for name, profile in _PUBLISHED["profiles"].items()} | {
    "GPConnect-Device-1": "Device"
}
_FORMS = {
    "code": r"[^\s]+([\s]?[^\s]+)*",
    "date": r"\d{4}(-\d\d(-\d\d)?)?",
    "dateTime": r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?",
    "id": r"[A-Za-z0-9\-.]{1,64}",
    "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)",
    "uri": r"\S+",
}
_REFERENCE = re.compile(r"([A-Za-z]+)/[A-Za-z0-9\-.]{1,64}|#[A-Za-z0-9\-.]{1,64}")


def mistakes(resource: Facts) -> list[str]:
    """Everything wrong with a resource; an empty list when it is as published."""
    unknown = structures.mistake(resource)
    if unknown:
        return [unknown]
    return list(_resource(resource, resource["resourceType"]))


def _resource(resource: Facts, path: str, container: Facts | None = None) -> Iterator[str]:
    kind = resource["resourceType"]
    yield from _sound(resource, kind, path)
    urls = resource.get("meta", {}).get("profile", [])
    known = [PROFILES[url] for url in urls if url in PROFILES]
    if not known and any(profile["type"] == kind for profile in PROFILES.values()):
        yield f"{path}.meta.profile names no published profile"
    for profile in known:
        if profile["type"] != kind:
            yield f"{path}.meta.profile is not one of {kind}"
        else:
            yield from _children(resource, profile, profile["type"], path)
    yield from _contained(resource, path, container)
    yield from _rules(resource, path)


def _sound(value: Facts, kind: str, path: str) -> Iterator[str]:
    """What holds whatever the profile: nothing empty, primitives in form, extensions known, resources within."""
    for name, held in value.items():
        if name == "resourceType":
            continue
        where = f"{path}.{name}"
        if held in ("", [], {}, None):
            yield f"{where} is empty"
            continue
        element = structures.TYPES[kind][name.removeprefix("_")]
        for each in held if isinstance(held, list) else [held]:
            if name.startswith("_"):
                continue
            if element.primitive:
                yield from _primitive(each, element.kind, where)
            elif element.kind == "Resource":
                yield from _resource(each, where, value if name == "contained" else None)
            else:
                yield from _sound(each, element.kind, where)


def _primitive(value: object, kind: str, path: str) -> Iterator[str]:
    form = _FORMS.get(kind)
    if isinstance(value, str) and ((form and not re.fullmatch(form, value)) or not value.strip()):
        yield f"{path} is not of the form of {kind}"
    if isinstance(value, str) and kind != "string" and value != value.strip():
        yield f"{path} has space around it"


def _children(value: Facts, profile: Facts, at: str, path: str) -> Iterator[str]:
    """The elements below one place of a profile, `at`: those that are there and those that ought to be."""
    for name, slices in _below(profile["url"])[at].items():
        base = next((rule for rule in slices if ":" not in rule.rpartition(".")[2]), "")
        items = _items(value, name)
        where = f"{path}.{name}"
        if name.endswith("[x]"):
            yield from _choices(value, profile, slices, where)
            continue
        if base:
            yield from _rule(items, profile, base, where)
        for rule in slices:
            if rule != base:
                yield from _rule([each for each in items if _in_slice(each, profile, rule)], profile, rule, where)


def _choices(value: Facts, profile: Facts, rules: list[str], path: str) -> Iterator[str]:
    """One element of several types: only the types that the profile leaves, each by its slice's rules."""
    stem = path.rpartition(".")[2].removesuffix("[x]")
    present = [key for key in value if re.fullmatch(rf"{stem}[A-Z]\w*", key)]
    slices = {profile["elements"][rule].get("sliceName"): rule for rule in rules if ":" in rule.rpartition(".")[2]}
    for rule in rules:
        facts = profile["elements"][rule]
        types = {f"{stem}{kind[0].upper()}{kind[1:]}" for kind in facts["types"]}
        mine = [key for key in present if key == facts.get("sliceName", key)]
        yield from _rule([value[key] for key in mine], profile, rule, path)
        if not slices and set(mine) - types:
            yield f"{path} may only be {' or '.join(sorted(types))}"
    if slices and set(present) - slices.keys():
        yield f"{path} may only be {' or '.join(sorted(str(each) for each in slices))}"


def _rule(items: list[Any], profile: Facts, rule: str, path: str) -> Iterator[str]:
    facts = profile["elements"][rule]
    named = f" ({facts['sliceName']})" if "sliceName" in facts else ""
    if len(items) < facts["min"]:
        yield f"{path}{named} must be there"
    if facts["max"] != "*" and len(items) > int(facts["max"]):
        yield f"{path}{named} must not be there" if facts["max"] == "0" else f"{path}{named} is there too often"
    for each in items:
        if "fixed" in facts and each != facts["fixed"]:
            yield f"{path}{named} is not {facts['fixed']}"
        if "required" in facts:
            yield from _bound(each, facts["required"], path)
        if "targets" in facts and isinstance(each, dict):
            yield from _points(each, facts["targets"], path)
        for url in facts.get("profiles", []):
            if facts["types"] == ["Extension"] and url in PROFILES:
                yield from _children(each, PROFILES[url], "Extension", f"{path}{named}")
        if isinstance(each, dict):
            yield from _children(each, profile, rule, f"{path}{named}")
    if rule.rpartition(".")[2] == "extension":
        yield from _extensions(items, profile, rule, path)


def _extensions(items: list[Facts], profile: Facts, rule: str, path: str) -> Iterator[str]:
    """Every extension must have a published definition, or be a part that its parent's definition names."""
    parts = [key for key in profile["elements"] if key.startswith(f"{rule}:") and "." not in key[len(rule) :]]
    for each in items:
        url = each.get("url", "")
        if not url:
            yield f"{path}.url is missing"
        elif not (url in PROFILES or any(_in_slice(each, profile, part) for part in parts)):
            yield f"{path} has no published definition: {url}"
        if ("extension" in each) is any(name.startswith("value") for name in each):
            yield f"{path} must hold either a value or extensions"


def _items(value: Facts, name: str) -> list[Any]:
    held = value.get(name, [])
    return held if isinstance(held, list) else [held]


def _in_slice(item: Any, profile: Facts, rule: str) -> bool:
    """Whether an item is of a slice: by its extension's URL, or by the values that the slice fixes."""
    facts, elements = profile["elements"][rule], profile["elements"]
    if facts["sliceName"] == rule.rpartition(".")[2].partition(":")[0]:
        return True  # `Extension.valueCode:valueCode`: the only choice that is left
    if facts.get("types") == ["Extension"] and "profiles" in facts:
        return bool(item.get("url") in facts["profiles"])
    fixed = {key.rpartition(".")[2]: held["fixed"] for key, held in _direct(elements, rule) if "fixed" in held}
    return bool(fixed) and all(item.get(name) == held for name, held in fixed.items())


def _direct(elements: Facts, rule: str) -> Iterator[tuple[str, Facts]]:
    for key, held in elements.items():
        if key.startswith(f"{rule}.") and "." not in key[len(rule) + 1 :]:
            yield key, held


@cache
def _below(url: str) -> dict[str, dict[str, list[str]]]:
    """Place → element name → its rules there, slices included."""
    found: dict[str, dict[str, list[str]]] = {key: {} for key in PROFILES[url]["elements"]}
    for key in PROFILES[url]["elements"]:
        parent, _, last = key.rpartition(".")
        if parent:
            found[parent].setdefault(last.partition(":")[0], []).append(key)
    return found


def _bound(value: Any, value_set: str, path: str) -> Iterator[str]:
    if value_set in _NEVER_USED:
        yield f"{path} is bound to a value set that is not kept here: {value_set}"
        return
    systems = _VALUE_SETS[value_set]
    allowed = {(system, code) for system, codes in systems.items() for code in codes or CODES[system]}
    if isinstance(value, str):
        found = {("", value), *((system, value) for system in systems)}
    else:
        codings = value.get("coding", []) if "coding" in value or "text" in value else [value]
        found = {(each.get("system", ""), each.get("code", "")) for each in codings}
    if not found & allowed:
        yield f"{path} is not of the value set {value_set}"


def _points(value: Facts, targets: list[str], path: str) -> Iterator[str]:
    types = {_TYPE_OF_TARGET.get(target, target) for target in targets}
    reference = value.get("reference", "")
    found = _REFERENCE.fullmatch(reference)
    if not found:
        yield f"{path}.reference is not relative"
    elif found.group(1) and found.group(1) not in types and "Resource" not in types:
        yield f"{path}.reference may not point at a {found.group(1)}"


def _contained(resource: Facts, path: str, container: Facts | None) -> Iterator[str]:
    ids = {each.get("id") for each in resource.get("contained", [])}
    holds_others = resource["resourceType"] in ("Bundle", "Parameters")
    pointed = set(re.findall(r'"reference": "#([^"]+)"', json.dumps(resource)))
    if container is None and not holds_others and ids != pointed:
        yield f"{path}.contained and the references to it do not agree"
    if container is not None:
        for name in ("contained", "text"):
            if name in resource:
                yield f"{path}.{name} must not be in a contained resource"
        if {"versionId", "lastUpdated"} & resource.get("meta", {}).keys():
            yield f"{path}.meta.versionId must not be in a contained resource"


def _rules(resource: Facts, path: str) -> Iterator[str]:
    """HL7's rules that matter here."""
    for participant in resource.get("participant", []) if resource["resourceType"] == "Appointment" else []:
        if not participant.keys() & {"type", "actor"}:
            yield f"{path}.participant needs a type or an actor"
    start, end = resource.get("start"), resource.get("end")
    if bool(start) is not bool(end):
        yield f"{path}: start and end go together"
    for contact in resource.get("telecom", []):
        if "value" in contact and "system" not in contact:
            yield f"{path}.telecom needs a system"
