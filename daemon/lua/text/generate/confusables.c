/*
 * Run while building: prints the table of folded characters that look like a letter or digit of ASCII, from ICU's data about
 * confusable characters (Unicode Technical Standard 39).
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>

enum { SKELETON_MAX = 8, FIRST = 0x80, LAST = 0x1ffff };

static USpoofChecker *checker;

static int skeleton_of(UChar32 character, UChar skeleton[SKELETON_MAX])
{
    UErrorCode status = U_ZERO_ERROR;
    UChar text[2];
    int32_t len = 0;
    U16_APPEND_UNSAFE(text, len, character);
    len = uspoof_getSkeleton(checker, 0, text, len, skeleton, SKELETON_MAX, &status);
    return U_FAILURE(status) || status == U_STRING_NOT_TERMINATED_WARNING ? -1 : len;
}

/* Those that look alike in ASCII, too: the one of the same kind. */
static int preference(UChar32 character, char like)
{
    if (u_isdigit(character))
        return like >= '0' && like <= '9' ? 2 : 0;
    if (u_isupper(character))
        return like >= 'A' && like <= 'Z' ? 2 : 0;
    return like >= 'a' && like <= 'z' ? 2 : 1;
}

static char ascii_like(UChar32 character)
{
    static const char ascii[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    UChar skeleton[SKELETON_MAX], other[SKELETON_MAX];
    int len = skeleton_of(character, skeleton), best = -1;
    char like = 0;
    for (const char *each = ascii; len > 0 && *each; each++) {
        if (skeleton_of(*each, other) != len || u_memcmp(skeleton, other, len) != 0)
            continue;
        if (preference(character, *each) > best) {
            best = preference(character, *each);
            like = *each;
        }
    }
    return like;
}

/* As itself or, since texts are compared without case, as its capital. */
static char folded_like(UChar32 character)
{
    char like = ascii_like(character);
    UChar32 capital = u_toupper(character);
    if (!like && capital != character)
        like = ascii_like(capital);
    return (char)u_tolower(like);
}

int main(void)
{
    UErrorCode status = U_ZERO_ERROR;
    checker = uspoof_open(&status);
    if (U_FAILURE(status)) {
        fprintf(stderr, "confusables: %s\n", u_errorName(status));
        return 1;
    }
    puts("#include \"lua/text/confusables.h\"\n\nconst struct confusable confusables[] = {");
    size_t count = 0;
    for (UChar32 character = FIRST; character <= LAST; character++) {
        bool folded = u_isdefined(character) && !U_IS_SURROGATE(character) &&
                      u_foldCase(character, U_FOLD_CASE_DEFAULT) == character;
        char like = folded ? folded_like(character) : 0;
        if (!like)
            continue;
        printf("    { 0x%x, '%c' },\n", (unsigned)character, like);
        count++;
    }
    printf("};\nconst size_t confusable_count = %zu;\n", count);
    uspoof_close(checker);
    return count > 1000 ? 0 : 1;
}
