"""The examples of docs/language.md: for each block a piece of a service file that uses every key.

A piece is laid over `BASE`, which is a whole service, and must then load without a fault; a test
does that. `keys` says where in the piece the blocks stand whose keys it shows.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """A piece of YAML, and the paths of the blocks in it (numbers are places in a list)."""

    text: str
    keys: tuple[str, ...]


BASE = """\
moothall: 1
service: missed_bin
version: 1.0.0
name: Report a missed bin
summary: Tell us if we did not empty your bin.
kind: report
owner: waste_team
local:
  return_within: {type: whole number, default: 3, help: Working days in which we come back.}
  sizes: {type: options, default: {small: Small, large: Large}, help: Sizes of bin.}
  prices: {type: table, default: [{bin: garden, is: 40.00}, {otherwise: 0.00}], help: Prices.}
  holidays: {type: calendar, default: england-and-wales, help: Which holidays count.}
pages:
  - ask: address
    type: address
    label: Which address was missed?
    personal: contact
  - look_up: collection
    from: waste.last_collection
    with: address
    gives: {due_on: date, crew_note: {one_of: [none, not_out, road_blocked]}}
  - ask: bin
    type: choose one
    label: Which bin was missed?
    options: {refuse: Rubbish, garden: Garden waste, food: Food waste}
  - ask: missed_on
    type: date
    label: What day should it have been emptied?
  - ask: cars
    type: whole number
    label: How many cars do you have?
  - ask: born_on
    type: date
    label: What is your date of birth?
    personal: identity
  - ask: people
    type: whole number
    label: How many people live with you?
  - ask: income
    type: money
    label: How much money comes in each month?
    personal: finance
  - ask: bins
    type: choose many
    label: Which bins do you have?
    options: {refuse: Rubbish, garden: Garden waste, food: Food waste}
  - ask: agreed
    type: yes or no
    label: Do you agree?
  - ask: notes
    type: long text
    label: What else should we know?
  - repeat: items
    title: What should we collect?
    questions:
      - {ask: kind, type: choose one, label: What is it?, options: {sofa: Sofa, fridge: Fridge}}
      - {ask: number, type: whole number, label: How many?}
  - ask: visit
    type: slot
    label: When should we come?
    slots: {resource: bulky_round}
  - ask: full_name
    type: name
    label: What is your name?
    personal: identity
  - ask: email
    type: email
    label: What is your email address?
    personal: contact
  - ask: phone
    type: phone
    label: What is your phone number?
    personal: contact
work_out:
  age: years(born_on, today)
  price: {type: money, is: 12.50 * count(items)}
case:
  starts: reported
  states:
    reported: Reported
    booked: Crew booked
    emptied: {label: Bin emptied, ends: done}
    closed: {label: Closed without a visit, ends: refused}
  moves:
    book_a_crew: {from: reported, to: booked, by: waste_team}
    bin_emptied: {from: booked, to: emptied, by: waste_crew}
    close: {from: [reported, booked], to: closed, by: waste_team}
  clock: {finish_within: {working_days: local.return_within}}
data:
  lawful_basis: public task
  keep: 1 year after end
"""

FORM: dict[str, tuple[Piece, ...]] = {
    "ServiceFile": (
        Piece(
            """\
moothall: 1
service: missed_bin
version: 1.2.0
name: Report a missed bin
summary: Tell us if we did not empty your bin. We will come back within {local.return_within} working days.
kind: report
lgsl: 1575
topic: waste
keywords: [bin, rubbish, recycling]
owner: waste_team
sign_in: optional
channels: [online, phone, desk, api]
audience: public
local:
  return_within: {type: whole number, default: 3, help: Working days in which we come back.}
before_you_start: |
  You need your address and the day we should have come. It takes 2 minutes and it is free.
what_happens_next: |
  A crew will come back by {finish_by}. Leave the bin out.
pages:
  - ask: address
    type: address
    label: Which address was missed?
    personal: contact
  - ask: bin
    type: choose one
    label: Which bin was missed?
    options: {refuse: Rubbish, garden: Garden waste}
work_out:
  heavy: bin is garden
fee: {amount: 2.50, label: Second visit}
case:
  starts: reported
  states: {reported: Reported, emptied: {label: Bin emptied, ends: done}}
  moves: {bin_emptied: {from: reported, to: emptied, by: waste_team}}
tell:
  received: {to: applicant, when: starts, by: email, subject: We have your report, say: Thank you.}
access:
  teams: {waste_team: {sees: all}}
data: {lawful_basis: public task, keep: 1 year after end}
place: {answer: address}
open311: {code: missed-bin}
follows: {service: missed_bin, prefill: {bin: bin}}
examples:
  - name: The bin is emptied
    today: 2026-03-11
    answers: {address: "uprn:990000000001", bin: refuse}
    moves: [bin_emptied]
    expect: {state: emptied}
""",
            ("",),
        ),
    ),
    "LocalSpec": (
        Piece(
            """\
local:
  return_within: {type: whole number, default: 3, help: Working days in which we come back.}
  sizes: {type: options, default: {small: Small, large: Large}, help: Sizes of bin.}
""",
            ("local.return_within",),
        ),
    ),
    "QuestionSpec": (
        Piece(
            """\
pages:
  - ask: second_bin
    type: choose one
    label: Which other bin was missed?
    short: Other bin
    hint: Look at the colour of its lid.
    help: Brown is garden waste. Green is food.
    options: {garden: Garden waste, food: Food waste}
    optional: true
    when: bin is refuse
  - ask: second_email
    type: email
    label: Which other email address should we use?
    personal: contact
    prefill: account.email
    error: {missing: Enter an email address}
    limits: {longest: 100}
  - ask: second_visit
    type: slot
    label: When should we come again?
    slots: {resource: bulky_round, places: count(items)}
""",
            ("pages.0", "pages.1", "pages.2"),
        ),
    ),
    "OptionSpec": (
        Piece(
            """\
pages:
  - ask: which_help
    type: choose many
    label: What help do you need?
    options:
      carry_out: {label: Someone to carry the bin out, hint: We ask for a letter from your doctor}
      other: Something else
      nothing: {label: None of these, alone: true}
""",
            ("pages.0.options.carry_out", "pages.0.options.nothing"),
        ),
    ),
    "Limits": (
        Piece(
            """\
pages:
  - ask: bags
    type: whole number
    label: How many bags are there?
    limits: {at_least: 1, at_most: 5, must: bags < 4 or bin is garden}
    error: {must: Enter 3 or fewer}
  - ask: seen_on
    type: date
    label: What day did you see it?
    limits: {earliest: "add_days(today, -28)", latest: today}
  - ask: what_we_saw
    type: long text
    label: What did you see?
    limits: {shortest: 10, longest: 2000, words: 300}
  - ask: permit_number
    type: text
    label: What is your permit number?
    limits: {looks_like: AA000000}
  - ask: proof
    type: file
    label: Add a photo or a letter
    limits: {accept: [images, pdf], largest: 10, at_most: 3}
""",
            (
                "pages.0.limits",
                "pages.1.limits",
                "pages.2.limits",
                "pages.3.limits",
                "pages.4.limits",
            ),
        ),
    ),
    "ErrorTexts": (
        Piece(
            """\
pages:
  - ask: bags
    type: whole number
    label: How many bags are there?
    limits: {at_least: 1, at_most: 5, must: bags < 4 or bin is garden}
    error:
      missing: Enter how many bags there are
      wrong: Enter a whole number, such as 2
      at_least: Enter 1 or more
      at_most: Enter 5 or fewer
      must: Enter 3 or fewer
  - ask: seen_on
    type: date
    label: What day did you see it?
    limits: {earliest: "add_days(today, -28)", latest: today}
    error: {earliest: Enter a day in the last 4 weeks, latest: Enter today or a day before it}
  - ask: code
    type: text
    label: What is the code on the tag?
    limits: {looks_like: AA00, shortest: 4, longest: 4}
    error: {shortest: Enter 4 characters, longest: Enter 4 characters, looks_like: Enter 2 letters and 2 numbers}
""",
            ("pages.0.error", "pages.1.error", "pages.2.error"),
        ),
    ),
    "SlotSource": (
        Piece(
            """\
pages:
  - ask: collection_time
    type: slot
    label: When should we collect it?
    slots: {resource: bulky_round, places: count(items)}
""",
            ("pages.0.slots",),
        ),
    ),
    "AskTogetherPage": (
        Piece(
            """\
pages:
  - ask: contact
    title: How can we reach you?
    say: We need one of them.
    when: bin is garden
    questions:
      - {ask: work_email, type: email, label: Email at work, optional: true, personal: contact}
      - {ask: work_phone, type: phone, label: Phone at work, optional: true, personal: contact}
""",
            ("pages.0",),
        ),
    ),
    "LookUpPage": (
        Piece(
            """\
pages:
  - look_up: zone
    from: parking.zone
    with: address
    gives: {name: text, permits_held: whole number}
    if_it_fails: stop
    title: We can't find your parking zone
    say: Ring us on 01632 960000 and we will look for you.
    offline: false
    when: bin is garden
""",
            ("pages.0",),
        ),
    ),
    "GivesOneOf": (
        Piece(
            """\
pages:
  - look_up: road
    from: highways.road
    with: address
    gives: {kind: {one_of: [main, side, private], always: false}}
""",
            ("pages.0.gives.kind",),
        ),
    ),
    "GivesType": (
        Piece(
            """\
pages:
  - look_up: works
    from: highways.works
    with: address
    gives: {busy: yes or no, end_on: {type: date, always: false}}
""",
            ("pages.0.gives.end_on",),
        ),
    ),
    "ShowPage": (
        Piece(
            """\
pages:
  - show: road_was_blocked
    title: Our crew could not get down your road
    say: You can still send this report. We will try again.
    when: collection is answered and collection.crew_note is road_blocked
""",
            ("pages.0",),
        ),
    ),
    "StopPage": (
        Piece(
            """\
pages:
  - stop: too_late
    when: working_days(missed_on, today) > 2
    title: It is too late to report this
    say: Put your bin out on your next collection day.
    instead: bulky_waste
""",
            ("pages.0",),
        ),
    ),
    "RepeatPage": (
        Piece(
            """\
pages:
  - repeat: things
    title: What else should we collect?
    say: Tell us about each thing.
    one: thing
    row: "{how_many} × {what}"
    questions:
      - {ask: what, type: text, label: What is it?}
      - {ask: how_many, type: whole number, label: How many?}
    at_least: 1
    at_most: 5
    optional: true
    when: bin is refuse
""",
            ("pages.0",),
        ),
    ),
    "SectionPage": (
        Piece(
            """\
pages:
  - section: about_you
    title: About you
    when: bin is garden
    pages:
      - ask: nickname
        type: text
        label: What should we call you?
""",
            ("pages.0",),
        ),
    ),
}
"""By the name of the model whose keys they show: the head of the file and its pages."""
