#include "config/nearest.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_LEN = 63 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Optimal string alignment, three rows of the table at a time. Case does not count. */
size_t nearest_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len > NAME_MAX_LEN || b_len > NAME_MAX_LEN)
        return a_len > b_len ? a_len : b_len;
    size_t rows[3][NAME_MAX_LEN + 1];
    for (size_t k = 0; k <= b_len; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *top = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t k = 1; k <= b_len; k++) {
            bool same = lower(a[i - 1]) == lower(b[k - 1]);
            row[k] = smaller(above[k - 1] + !same, smaller(above[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && lower(a[i - 1]) == lower(b[k - 2]) && lower(a[i - 2]) == lower(b[k - 1]))
                row[k] = smaller(row[k], top[k - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_offer(struct nearest *nearest, const char *name, size_t len)
{
    size_t wanted_len = strlen(nearest->wanted);
    size_t distance = nearest_distance(nearest->wanted, wanted_len, name, len);
    size_t longer = wanted_len > len ? wanted_len : len;
    /* One slip in three letters is a slip; more is another word. */
    if (distance > (longer + 2) / 3 || distance >= longer)
        return;
    if (nearest->best && distance >= nearest->distance)
        return;
    nearest->best = name;
    nearest->best_len = len;
    nearest->distance = distance;
}
