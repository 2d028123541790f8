# Language, warnings, hardening and sanitizers for every target.
include(CheckCCompilerFlag)
include(CheckPIESupported)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
check_pie_supported(LANGUAGES C)

# Empty, as in `#define _GNU_SOURCE`, so that a file built outside the tree may say it too.
add_compile_definitions(_GNU_SOURCE=)

add_compile_options(
    -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wvla
    -Wundef -Wformat=2 -Wwrite-strings -Werror=implicit-function-declaration
    -fno-common -fno-omit-frame-pointer)
if(CARILLON_DEV)
    add_compile_options(-Werror)
endif()

if(sanitizers OR FUZZ)
    set(active ${sanitizers})
    if(FUZZ)
        # Instrumentation only; the fuzz targets alone link libFuzzer's main().
        list(APPEND active fuzzer-no-link)
    endif()
    list(JOIN active "," active)
    add_compile_options(-O1 -g -fsanitize=${active} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${active})
    return()
endif()

set(CMAKE_C_FLAGS_DEBUG "-O0 -g")
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -DNDEBUG")
add_compile_options(-fstack-protector-strong)
check_c_compiler_flag(-fcf-protection CARILLON_HAS_CF_PROTECTION)
if(CARILLON_HAS_CF_PROTECTION)
    add_compile_options(-fcf-protection)
endif()
check_c_compiler_flag(-fstack-clash-protection CARILLON_HAS_STACK_CLASH)
if(CARILLON_HAS_STACK_CLASH)
    add_compile_options(-fstack-clash-protection)
endif()
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

# FORTIFY needs optimisation. Level 3 came with gcc 12 and clang 15.
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$")
    set(fortify 2)
    if((CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12)
       OR (CMAKE_C_COMPILER_ID MATCHES "Clang" AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 15))
        set(fortify 3)
    endif()
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify})
endif()
