#include "lua/text/words.h"
#include "lua/text/normal.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 256, NO_WORD = UINT32_MAX, ROOT = 0 };

struct word {
    uint32_t at; /* of its text, as it stands in the list */
    uint16_t len;
    uint16_t normal_len;
    bool open_left, open_right;
};

/* Its edges are edges[first] to edges[first + count], by byte. */
struct node {
    uint32_t first, fail, output; /* output: the next shorter ending that is a word; ROOT: none */
    uint32_t word;                /* whose text ends here, else NO_WORD */
    uint16_t count;
};

struct edge {
    uint32_t to;
    unsigned char byte;
};

struct words {
    atomic_uint refs;
    char *text;
    size_t text_len;
    struct word *words;
    size_t count;
    struct node *nodes;
    size_t node_count;
    struct edge *edges;
    uint32_t root[BYTES]; /* of the root, where most of a text is */
};

/* ---- parsing ---- */

/* While it is built: children as lists. */
struct draft {
    struct draft_node {
        uint32_t child, sibling, word;
        unsigned char byte;
    } * nodes;
    size_t count, room;
    char *error;
};

static uint32_t draft_add(struct draft *draft, unsigned char byte)
{
    if (draft->count == draft->room) {
        size_t more = draft->room ? 2 * draft->room : 1024;
        struct draft_node *grown = more <= 2 * (size_t)WORDS_NODES_MAX ? realloc(draft->nodes, more * sizeof *grown)
                                                                       : NULL;
        if (!grown)
            return NO_WORD;
        draft->nodes = grown;
        draft->room = more;
    }
    draft->nodes[draft->count] = (struct draft_node){ .word = NO_WORD, .byte = byte };
    return (uint32_t)draft->count++;
}

/* The child by this byte; siblings stay in the order of their bytes. */
static uint32_t draft_child(struct draft *draft, uint32_t parent, unsigned char byte)
{
    uint32_t before = 0, at = draft->nodes[parent].child;
    while (at && draft->nodes[at].byte < byte) {
        before = at;
        at = draft->nodes[at].sibling;
    }
    if (at && draft->nodes[at].byte == byte)
        return at;
    uint32_t made = draft_add(draft, byte);
    if (made == NO_WORD)
        return NO_WORD;
    draft->nodes[made].sibling = at;
    if (before)
        draft->nodes[before].sibling = made;
    else
        draft->nodes[parent].child = made;
    return made;
}

static bool draft_word(struct draft *draft, struct words *words, const char *normal, size_t len)
{
    uint32_t at = ROOT;
    for (size_t i = 0; i < len; i++)
        if ((at = draft_child(draft, at, (unsigned char)normal[i])) == NO_WORD)
            return false;
    uint32_t known = draft->nodes[at].word, fresh = (uint32_t)words->count;
    if (known == NO_WORD) {
        draft->nodes[at].word = fresh;
        words->count++;
    } else { /* twice: the wider one */
        words->words[known].open_left |= words->words[fresh].open_left;
        words->words[known].open_right |= words->words[fresh].open_right;
    }
    return true;
}

static struct carillon_str trim(struct carillon_str line)
{
    while (line.len && strchr(" \t\r", line.ptr[0])) {
        line.ptr++;
        line.len--;
    }
    while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
        line.len--;
    return line;
}

/* The entry without its stars, noted as the next word. */
static struct carillon_str note_entry(struct words *words, struct carillon_str entry)
{
    struct word *word = &words->words[words->count];
    *word = (struct word){ .at = (uint32_t)(entry.ptr - words->text), .len = (uint16_t)entry.len };
    if (entry.ptr[0] == '*') {
        word->open_left = true;
        entry.ptr++;
        entry.len--;
    }
    if (entry.len && entry.ptr[entry.len - 1] == '*') {
        word->open_right = true;
        entry.len--;
    }
    return entry;
}

static const char *take_entry(struct draft *draft, struct words *words, struct carillon_str entry)
{
    size_t len;
    if (entry.len > WORD_MAX)
        return "an entry has at most 200 bytes";
    struct carillon_str bare = note_entry(words, entry);
    char *normal = normal_text(bare, &len);
    if (!normal)
        return "the entry is not UTF-8";
    bool empty = len == 0;
    words->words[words->count].normal_len = (uint16_t)len;
    bool good = !empty && draft_word(draft, words, normal, len);
    free(normal);
    return good ? NULL : empty ? "the entry says nothing" : "the list is too long";
}

static bool take_lines(struct draft *draft, struct words *words, struct carillon_str text, char *error)
{
    unsigned number = 0;
    for (size_t at = 0; at < text.len;) {
        const char *end = memchr(text.ptr + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.ptr) - at : text.len - at;
        struct carillon_str line = trim((struct carillon_str){ words->text + at, len });
        at += len + 1;
        number++;
        if (!line.len || line.ptr[0] == '#')
            continue;
        const char *why = words->count == WORDS_MAX ? "the list has more than 200000 entries"
                                                    : take_entry(draft, words, line);
        if (why) {
            snprintf(error, 256, "line %u: %s", number, why);
            return false;
        }
    }
    return true;
}

/* ---- the automaton ---- */

static uint32_t step(const struct words *words, uint32_t at, unsigned char byte)
{
    if (at == ROOT)
        return words->root[byte];
    const struct node *node = &words->nodes[at];
    const struct edge *edges = words->edges + node->first;
    size_t low = 0, high = node->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (edges[middle].byte == byte)
            return edges[middle].to;
        if (edges[middle].byte < byte)
            low = middle + 1;
        else
            high = middle;
    }
    return ROOT;
}

static uint32_t follow(const struct words *words, uint32_t at, unsigned char byte)
{
    for (;;) {
        uint32_t to = step(words, at, byte);
        if (to != ROOT || at == ROOT)
            return to;
        at = words->nodes[at].fail;
    }
}

static void lay_out_edges(struct words *words, const struct draft *draft)
{
    uint32_t edge = 0;
    for (uint32_t i = 0; i < draft->count; i++) {
        struct node *node = &words->nodes[i];
        *node = (struct node){ .first = edge, .word = draft->nodes[i].word };
        for (uint32_t child = draft->nodes[i].child; child; child = draft->nodes[child].sibling) {
            words->edges[edge++] = (struct edge){ child, draft->nodes[child].byte };
            node->count++;
            if (i == ROOT)
                words->root[draft->nodes[child].byte] = child;
        }
    }
}

/* Breadth first, so that what is shorter is ready. */
static void link_failures(struct words *words, uint32_t *queue)
{
    size_t head = 0, tail = 0;
    for (int byte = 0; byte < BYTES; byte++)
        if (words->root[byte])
            queue[tail++] = words->root[byte];
    while (head < tail) {
        uint32_t at = queue[head++];
        const struct node *node = &words->nodes[at];
        for (uint16_t i = 0; i < node->count; i++) {
            const struct edge *edge = &words->edges[node->first + i];
            struct node *child = &words->nodes[edge->to];
            child->fail = follow(words, node->fail, edge->byte);
            const struct node *shorter = &words->nodes[child->fail];
            child->output = shorter->word != NO_WORD ? child->fail : shorter->output;
            queue[tail++] = edge->to;
        }
    }
}

static bool build(struct words *words, const struct draft *draft)
{
    uint32_t *queue = malloc(draft->count * sizeof *queue);
    words->node_count = draft->count;
    words->nodes = calloc(draft->count, sizeof *words->nodes);
    words->edges = calloc(draft->count, sizeof *words->edges);
    bool good = queue && words->nodes && words->edges;
    if (good) {
        lay_out_edges(words, draft);
        link_failures(words, queue);
    }
    free(queue);
    return good;
}

static size_t count_lines(struct carillon_str text)
{
    size_t lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines < WORDS_MAX ? lines : WORDS_MAX;
}

struct words *words_parse(struct carillon_str text, char *error)
{
    struct draft draft = { 0 };
    struct words *words = calloc(1, sizeof *words);
    snprintf(error, 256, "no memory for the list");
    if (!words)
        return NULL;
    atomic_init(&words->refs, 1);
    words->text_len = text.len;
    words->text = malloc(text.len + 1);
    words->words = calloc(count_lines(text), sizeof *words->words);
    bool good = words->text && words->words && draft_add(&draft, 0) == ROOT;
    if (good) {
        memcpy(words->text, text.ptr ? text.ptr : "", text.len);
        good = take_lines(&draft, words, text, error) && build(words, &draft);
    }
    free(draft.nodes);
    if (good)
        return words;
    words_unref(words);
    return NULL;
}

struct words *words_ref(struct words *words)
{
    atomic_fetch_add_explicit(&words->refs, 1, memory_order_relaxed);
    return words;
}

void words_unref(struct words *words)
{
    if (!words || atomic_fetch_sub_explicit(&words->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(words->text);
    free(words->words);
    free(words->nodes);
    free(words->edges);
    free(words);
}

size_t words_count(const struct words *words)
{
    return words->count;
}

size_t words_bytes(const struct words *words)
{
    return sizeof *words + words->text_len + words->count * sizeof *words->words +
           words->node_count * (sizeof *words->nodes + sizeof *words->edges);
}

/* ---- finding ---- */

static bool stands_alone(const struct word *word, struct carillon_str text, size_t end)
{
    size_t begin = end - word->normal_len, len;
    if (!word->open_left && begin > 0 && normal_is_word_before(text.ptr, begin))
        return false;
    return word->open_right || end == text.len || !normal_is_word(text.ptr + end, text.len - end, &len);
}

struct carillon_str words_find(const struct words *words, struct carillon_str normal, size_t *steps)
{
    uint32_t at = ROOT;
    for (size_t i = 0; i < normal.len && *steps && --*steps; i++) {
        at = follow(words, at, (unsigned char)normal.ptr[i]);
        uint32_t output = words->nodes[at].word != NO_WORD ? at : words->nodes[at].output;
        for (; output != ROOT && *steps && --*steps; output = words->nodes[output].output) {
            const struct word *word = &words->words[words->nodes[output].word];
            if (stands_alone(word, normal, i + 1))
                return (struct carillon_str){ words->text + word->at, word->len };
        }
    }
    return (struct carillon_str){ 0 };
}

bool words_has(const struct words *words, struct carillon_str normal)
{
    uint32_t at = ROOT;
    for (size_t i = 0; i < normal.len; i++)
        if ((at = step(words, at, (unsigned char)normal.ptr[i])) == ROOT)
            return false;
    return at != ROOT && words->nodes[at].word != NO_WORD;
}
