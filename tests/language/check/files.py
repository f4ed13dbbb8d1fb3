"""A service that passes all seven proofs, for the tests to spoil in one place at a time."""

from __future__ import annotations

SKIP_PERMIT = """\
moothall: 1
service: skip_permit
version: 1.0.0
name: Apply for a skip permit
summary: Ask to put a skip on the road.
kind: apply
owner: highways_team
channels: [online, phone]
local:
  reply_within: {type: whole number, default: 10, help: Days in which a person must reply.}
before_you_start: You need the address and the size of the skip.
pages:
  - ask: address
    type: address
    label: Where will the skip stand?
  - look_up: road
    from: highways.road
    with: address
    gives: {busy: yes or no, works_end_on: {type: date, always: false}}
    if_it_fails: carry on
  - ask: size
    type: choose one
    label: How big is the skip?
    options: {small: Up to 4 yards, large: More than 4 yards}
  - ask: on_road
    type: yes or no
    label: Will it stand on the road?
  - stop: no_permit_needed
    when: not on_road
    title: You do not need a permit
    say: A skip on your own land needs no permit.
  - ask: weeks
    type: whole number
    label: For how many weeks?
    limits: {at_least: 1, at_most: 4}
  - ask: lights
    type: yes or no
    label: Will the skip have lights at night?
    when: size is large
  - stop: lights_needed
    title: The skip must have lights
    say: Ask the skip company for lights. Then apply again.
    when: size is large and not lights
  - ask: health_note
    type: long text
    label: Does anyone in your home need the road kept clear?
    optional: true
    personal: health
  - ask: name
    type: name
    label: What is your name?
    personal: identity
  - ask: email
    type: email
    label: What is your email address?
    personal: contact
work_out:
  price:
    type: money
    table:
      - {size: small, weeks: 1 to 2, is: 20.00}
      - {size: small, weeks: 3 or more, is: 30.00}
      - {size: large, is: 50.00}
fee:
  label: Skip permit
  amount: price
  refund: {refuse: all}
case:
  starts: received
  states:
    received: {label: Received}
    waiting:
      label: We need more from you
      clock: paused
      waits_for: applicant
      expires: {after: {days: local.reply_within}, move: give_up}
    allowed: {label: Allowed, ends: done}
    refused: {label: Refused, ends: refused}
  moves:
    allow: {from: received, to: allowed, by: highways_team}
    refuse: {from: received, to: refused, by: highways_team, needs: reason}
    ask_more: {from: received, to: waiting, by: highways_team, needs: message}
    reply: {from: waiting, to: received, by: applicant, needs: message}
    give_up: {from: waiting, to: refused, by: clock}
  clock: {finish_within: {working_days: 5}}
tell:
  got_it:
    to: applicant
    when: starts
    by: email
    subject: We have your form ({reference})
    say: We will answer by {finish_by}.
  new_work:
    to: skip_crew
    when: {state: allowed}
    by: email
    subject: A skip at {postcode(address)}
    say: The skip is {size}.
access:
  teams:
    highways_team: {sees: [all, health_note]}
    skip_crew: {sees: [address, size], rows: all}
place: {answer: address, public: false}
data:
  lawful_basis: public task
  keep: 2 years after end
  then: anonymise
  publish:
    dataset: skip-permits
    every: month
    columns:
      month: month(started)
      ward: ward(address)
      size: size
      result: state
    disclosure: counts
examples:
  - name: A small skip for a week
    today: 2026-03-11
    answers: {address: "uprn:990000000001", size: small, on_road: true, weeks: 1, name: Robin Sallow, email: robin.sallow@example.org}
    fakes: {highways.road: {busy: false}}
    moves: [ask_more, reply, allow]
    expect: {asked: [address, size, on_road, weeks, health_note, name, email], fee: 20.00, state: allowed, finish_by: 2026-03-18, sent: [got_it, new_work], published: {month: 2026-03, size: small, result: allowed}}
  - name: A large skip that is refused
    today: 2026-03-11
    answers: {address: "uprn:990000000001", size: large, on_road: true, weeks: 1, lights: true, name: Robin Sallow, email: robin.sallow@example.org}
    fakes: {highways.road: fails}
    moves: [refuse]
    expect: {fee: 50.00, state: refused, work_out: {price: 50.00}}
  - name: Nobody replies
    today: 2026-03-11
    answers: {address: "uprn:990000000001", size: small, on_road: true, weeks: 3, name: Robin Sallow, email: robin.sallow@example.org}
    fakes: {highways.road: {busy: true}}
    moves: [ask_more, give_up]
    expect: {fee: 30.00, state: refused}
  - name: On their own land
    today: 2026-03-11
    answers: {address: "uprn:990000000001", size: small, on_road: false}
    fakes: {highways.road: {busy: true}}
    expect: {stop: no_permit_needed}
  - name: A large skip without lights
    today: 2026-03-11
    answers: {address: "uprn:990000000001", size: large, on_road: true, weeks: 1, lights: false}
    fakes: {highways.road: {busy: true}}
    expect: {stop: lights_needed}
"""


def spoilt(old: str, new: str, text: str = SKIP_PERMIT) -> str:
    """`text` with the one place that reads `old` changed to `new`."""
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
    return text.replace(old, new)
