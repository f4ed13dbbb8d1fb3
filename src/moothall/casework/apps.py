"""The Django application of the casework room."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CaseworkConfig(AppConfig):
    """Registers the room."""

    name = "moothall.casework"
    label = "casework"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the rooms below what this one wants to hear of, and the outbox what it does."""
        from moothall import files, notify, outbox
        from moothall.casework import (
            bulk_work,
            clock,
            events,
            guards,
            messages,
            pack,
            paying,
            protection,
            replies_pack,
            representing,
        )
        from moothall.packs import sections
        from moothall.pay import registry as pay

        notify.on_receipt(messages.when_receipt)
        pay.on_change(paying.when_payment)
        pay.on_refund(paying.when_refund)
        files.register_guard(guards.may_see)
        sections.register(pack.CostsSection())
        events.subscribe(events.Kind.MOVED, representing.when_moved)
        sections.register(replies_pack.RepliesSection())
        outbox.every(bulk_work.FORGET, bulk_work.FORGET_EVERY_SECONDS, bulk_work.FORGET)
        outbox.every("casework.tick", clock.EVERY_SECONDS, "casework.tick")
        post_migrate.connect(
            protection.after_migrate, sender=self, dispatch_uid="casework.protection"
        )
