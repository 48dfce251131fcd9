/* SPDX-License-Identifier: MIT */
/* Decisions that wait to be written: a bounded queue of copies, which takes memory by the piece. */
#include "engine/ledger_notes.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_LEN 65536

/* A copy; its texts follow. */
struct note {
	size_t size; /* of both, a multiple of the alignment */
	struct journal_entry entry;
};

/* Notes one behind the other. */
struct ledger_notes_piece {
	struct ledger_notes_piece *next;
	size_t begin, end;
	_Alignas(struct note) char octets[PIECE_LEN];
};

#define TEXT_MAX (REPLY_TEXT_MAX > LEDGER_NOTES_TEXT ? REPLY_TEXT_MAX : LEDGER_NOTES_TEXT)

_Static_assert(sizeof(struct note) + JOURNAL_TEXTS * TEXT_MAX < PIECE_LEN, "a note fits a piece");

static size_t room_of(const struct journal_entry *entry, const struct span *text)
{
	size_t most = text == &entry->text ? REPLY_TEXT_MAX : LEDGER_NOTES_TEXT;

	if (text->len <= most)
		return text->len;
	while (most > 0 && ((unsigned char)text->at[most] & 0xc0) == 0x80)
		most--;
	return most;
}

static struct note *note_at(const struct ledger_notes_piece *piece, size_t at)
{
	return (struct note *)(void *)(piece->octets + at);
}

void ledger_notes_wipe(struct ledger_notes *notes)
{
	while (notes->first) {
		struct ledger_notes_piece *next = notes->first->next;

		free(notes->first);
		notes->first = next;
	}
	notes->last = NULL;
	notes->count = 0;
}

/* The piece that has room for `size` octets; the one that is there stays when it is empty. */
static struct ledger_notes_piece *make_room(struct ledger_notes *notes, size_t size)
{
	struct ledger_notes_piece *piece = notes->last;

	if (piece && PIECE_LEN - piece->end >= size)
		return piece;
	piece = malloc(sizeof(*piece));
	if (!piece)
		return NULL;
	piece->next = NULL;
	piece->begin = piece->end = 0;
	if (notes->last)
		notes->last->next = piece;
	else
		notes->first = piece;
	notes->last = piece;
	return piece;
}

static void fill(struct note *note, const struct journal_entry *entry, size_t size)
{
	char *at = (char *)(note + 1);

	note->size = size;
	note->entry = *entry;
	for (size_t i = 0; i < JOURNAL_TEXTS; i++) {
		struct span *text = &note->entry.texts[i];

		if (!text->at)
			continue;
		text->len = room_of(&note->entry, text);
		memcpy(at, text->at, text->len);
		text->at = at;
		at += text->len;
	}
}

void ledger_notes_add(struct ledger_notes *notes, const struct journal_entry *entry)
{
	struct ledger_notes_piece *piece;
	size_t size = sizeof(struct note);

	if (notes->count >= LEDGER_NOTES_MAX) {
		ledger_notes_drop(notes, 1);
		notes->lost++;
	}
	for (size_t i = 0; i < JOURNAL_TEXTS; i++)
		size += room_of(entry, &entry->texts[i]);
	size = (size + _Alignof(struct note) - 1) / _Alignof(struct note) * _Alignof(struct note);
	piece = make_room(notes, size);
	if (!piece) {
		notes->lost++;
		return;
	}
	fill(note_at(piece, piece->end), entry, size);
	piece->end += size;
	notes->count++;
}

bool ledger_notes_each(const struct ledger_notes *notes,
		       bool (*each)(void *context, const struct journal_entry *entry),
		       void *context)
{
	for (const struct ledger_notes_piece *piece = notes->first; piece; piece = piece->next) {
		for (size_t at = piece->begin; at < piece->end;) {
			const struct note *note = note_at(piece, at);

			if (!each(context, &note->entry))
				return false;
			at += note->size;
		}
	}
	return true;
}

/* Of an empty piece the last one stays, for the next turn. */
static void drop_piece(struct ledger_notes *notes)
{
	struct ledger_notes_piece *piece = notes->first;

	if (piece == notes->last) {
		piece->begin = piece->end = 0;
		return;
	}
	notes->first = piece->next;
	free(piece);
}

void ledger_notes_drop(struct ledger_notes *notes, size_t count)
{
	for (; count > 0 && notes->count > 0; count--) {
		struct ledger_notes_piece *piece = notes->first;

		piece->begin += note_at(piece, piece->begin)->size;
		notes->count--;
		if (piece->begin == piece->end)
			drop_piece(notes);
	}
}
