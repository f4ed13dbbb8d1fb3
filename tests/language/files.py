"""Service files that the tests of the language are about, and small ones made on the spot."""

from __future__ import annotations

from moothall.language import Service, load_service

MISSED_BIN = """\
moothall: 1
service: missed_bin
version: 1.0.0
name: Report a missed bin
summary: Tell us if we did not empty your bin. We will come back within {local.return_within} working days.
kind: report
lgsl: 1575
owner: waste_team
sign_in: optional
channels: [online, phone, desk, api]
local:
  report_window: {type: whole number, default: 2, help: Working days after collection day in which we accept a report}
  return_within: {type: whole number, default: 3, help: Working days in which we come back}
pages:
  - ask: address
    type: address
    label: Which address was missed?
  - look_up: collection
    from: waste.last_collection
    with: address
    gives: {due_on: date, crew_note: {one_of: [none, not_out, contaminated, road_blocked]}}
    if_it_fails: carry on
  - ask: bin
    type: choose one
    label: Which bin was missed?
    options: {refuse: Rubbish, recycling: Recycling, garden: Garden waste, food: Food waste}
  - ask: missed_on
    type: date
    label: What day should it have been emptied?
  - stop: too_late
    when: working_days(missed_on, today) > local.report_window
    title: It is too late to report this
    say: Put your bin out on your next collection day.
case:
  starts: reported
  states:
    reported: {label: Reported}
    booked:   {label: Crew booked}
    emptied:  {label: Bin emptied, ends: done}
    closed:   {label: Closed without a visit, ends: refused}
  moves:
    book_a_crew: {from: reported, to: booked, by: waste_team}
    bin_emptied: {from: booked, to: emptied, by: waste_crew, offline: true}
    close:       {from: [reported, booked], to: closed, by: waste_team, needs: reason}
  clock: {finish_within: {working_days: local.return_within}}
data:
  lawful_basis: public task
  keep: 1 year after end
  then: anonymise
  publish:
    dataset: missed-bins
    every: month
    columns: {month: month(started), ward: ward(address), bin: bin, result: state}
    disclosure: counts
examples:
  - name: Reported a week late
    today: 2026-03-11
    answers: {address: "uprn:990000000001", bin: refuse, missed_on: 2026-03-03}
    fakes: {waste.last_collection: {due_on: 2026-03-10, crew_note: none}}
    expect: {stop: too_late}
"""

BULKY = """\
moothall: 1
service: bulky
version: 1.4.0
name: Have bulky things collected
summary: We take up to {local.most} things for {local.each}.
kind: book
owner: waste_team
local:
  most: {type: whole number, default: 3}
  each: {type: money, default: 12.50}
  kinds: {type: options, default: {sofa: Sofa, fridge: Fridge or freezer, bed: Bed}}
  wards: {type: list of text, default: [X05000001]}
pages:
  - section: you
    title: About you
    pages:
      - ask: person
        title: Who are you?
        questions:
          - {ask: full_name, type: name, label: What is your name?, short: Your name, personal: contact}
          - {ask: email, type: email, label: What is your email address?, personal: contact, optional: true}
      - ask: born_on
        type: date
        label: When were you born?
        short: Date of birth
        personal: identity
        limits: {latest: today, must: "years(born_on, today) >= 16"}
        error: {must: You must be 16 or over}
      - ask: address
        type: address
        label: Where are the things?
        personal: contact
  - repeat: items
    title: What should we take?
    one: thing
    row: "{number} × {kind}"
    at_most: local.most
    questions:
      - {ask: kind, type: choose one, label: What is it?, short: Kind, options: local.kinds}
      - {ask: number, type: whole number, label: How many?, limits: {at_least: 1, at_most: 9}}
      - {ask: gas_out, type: yes or no, label: Is the gas out?, when: kind is fridge}
  - show: fridge_note
    when: any(items, kind is fridge)
    title: About your fridge
    say: Leave it empty.
  - ask: visit
    type: slot
    label: When shall we come?
    slots: {resource: bulky_round, places: "sum(items, number)"}
    limits: {earliest: "add_working_days(today, 2)"}
  - ask: benefits
    type: yes or no
    label: Do you get benefits?
work_out:
  things: sum(items, number)
  cold: {is: "sum(items, number if kind is fridge else 0)"}
  price:
    label: Price for each thing
    table:
      - {benefits: yes, things: up to 2, is: 0.00}
      - {benefits: yes, is: 6.25}
      - {otherwise: local.each}
fee:
  lines:
    - {label: "Collection of {things} {plural(things, one=\\"thing\\", other=\\"things\\")}", amount: price * things}
    - {label: Making fridges safe, amount: 10 * cold, when: cold > 0}
  waived_when: ward(address) in local.wards
  refund: {cancel: all, cancel_late: round_down(fee / 2)}
  refund_says: All of it up to two days before, then half.
case:
  starts: booked
  states:
    booked: Booked
    asking: {label: We asked you something, clock: paused, waits_for: applicant, expires: {after: {days: 28}, move: lapse}}
    collected: {label: Collected, ends: done, expires: {on: "add_months(started, 12)", move: forget}}
    cancelled: {label: Cancelled, ends: withdrawn}
    gone: {label: Closed, ends: expired}
  moves:
    ask: {from: booked, to: asking, by: waste_team, needs: message}
    answer: {from: asking, to: booked, by: applicant, needs: [message, proof]}
    collect: {from: booked, to: collected, by: waste_crew, needs: photo, when: finish_by >= today}
    cancel: {from: booked, to: cancelled, by: [applicant, waste_team], when: "days(today, date_of(visit)) > 2"}
    cancel_late: {from: booked, to: cancelled, by: [applicant, waste_team], when: "days(today, date_of(visit)) <= 2"}
    lapse: {from: asking, to: gone, by: clock}
    forget: {from: collected, to: gone, by: clock}
  ask:
    - {ask: proof, type: file, label: Proof, personal: finance, optional: true}
  clock:
    finish_within: {working_days: 10}
    urgent: {when: cold > 2, finish_within: {hours: 48}, why: Much gas}
    warn_at: 50%
tell:
  got_it:
    to: applicant
    when: starts
    by: [email, text]
    only_if: email is answered
    subject: We will come ({reference})
    say: |
      Dear {full_name}, we come on {visit} for {fee}. Things:
      {items}
  half_gone: {to: waste_team, when: {clock: 50%}, by: email, subject: Hurry, say: "{reference}"}
  asked: {to: applicant, when: {move: ask}, by: email, subject: A question, say: Please answer.}
  soon_over: {to: applicant, when: {days_before_expiry: 7}, by: letter, say: Time is nearly up.}
access:
  teams:
    waste_team: {sees: all, rows: own_team}
    waste_crew: {sees: [address, items], moves: [collect], rows: [allocated]}
    auditor: {sees: [address, proof], rows: all}
  nobody_but: {born_on: [age_team]}
  parties:
    applicant: {label: The person, name: full_name, email: email}
data:
  lawful_basis: contract
  keep: 2 years after end
  then: delete
  publish:
    dataset: bulky
    every: quarter
    columns: {quarter: quarter(started), ward: ward(address), things: "band(things, 2, 5)", fee: fee, cold: cold > 0, name: never}
examples:
  - name: Two sofas
    today: 2026-03-11
    answers:
      full_name: Robin Sallow
      email: robin.sallow@example.org
      born_on: 1980-05-01
      address: {uprn: "990000000001", line: 1 Mill Lane, postcode: XW1 1AA, ward: X05000009}
      items: [{kind: sofa, number: 2}]
      visit: {id: "1", resource: bulky_round, starts: "2026-03-17T07:00", ends: "2026-03-17T12:00"}
      benefits: no
    expect: {fee: 25.00}
"""

BULKY_CY = """\
moothall: 1
language: cy
service: bulky
text:
  name: Casglu pethau mawr
  pages.items.kind.label: Beth ydyw?
  local.kinds.options.sofa.label: Soffa
  pages.person.full_name.label: {text: Beth yw eich enw?, of: 00000000}
  fee.lines.0.label: 'Casglu {things} {plural(things, one="peth", two="beth", other="o bethau")}'
"""


def missed_bin() -> Service:
    """The short example of the language."""
    return load_service(MISSED_BIN)


def bulky() -> Service:
    """A service with nearly everything in it."""
    return load_service(BULKY, translations={"cy": ("service.cy.yaml", BULKY_CY)})


def small(
    pages: str = "",
    *,
    local: str = "",
    work_out: str = "",
    fee: str = "",
    case: str = "",
    rest: str = "",
) -> str:
    """A small service file with these blocks in it (indented text)."""
    return f"""\
moothall: 1
service: small
version: 1.0.0
name: Small
summary: A small service.
kind: ask
owner: team
{local}
pages:
  - ask: bin
    type: choose one
    label: Which bin?
    options: {{refuse: Rubbish, garden: Garden waste}}
  - ask: cars
    type: whole number
    label: How many cars?
  - ask: notes
    type: text
    label: Anything else?
    optional: true
  - ask: day
    type: date
    label: Which day?
{pages}
{work_out}
{fee}
case:
  starts: open
  states: {{open: Open, done: {{label: Done, ends: done}}}}
  moves:
    finish: {{from: open, to: done, by: team}}
{case}
data: {{lawful_basis: public task, keep: 1 year after end}}
{rest}
""".replace("ask: day\n", "ask: on_day\n")
