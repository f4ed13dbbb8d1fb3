"""The index of each database's own kind, over the documents' tokens."""

from django.db import migrations

from moothall.search import store


def forwards(apps, schema_editor):
    store.install(schema_editor.connection.alias)


def backwards(apps, schema_editor):
    store.take_away(schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
