# Lines at the top of a test's source that add to its build, so that a new test needs no CMake edit:
#
#   // sources: plugins/websocket/codec.c      files from the tree; their folders join the include path
#   // packages: sqlite3                       libraries by pkg-config name
#   // wrap: fsync clock_gettime               linker --wrap for cmocka's __wrap_ functions
#   // flags: -DODD                            compile options
#
# Only the first 2 KB are read.
function(carillon_read_directive file word result)
    file(READ ${file} head LIMIT 2048)
    set(values "")
    if(head MATCHES "(^|\n)// ${word}:([^\n]*)")
        separate_arguments(values UNIX_COMMAND "${CMAKE_MATCH_2}")
    endif()
    set(${result} "${values}" PARENT_SCOPE)
endfunction()

function(carillon_apply_directives target file)
    # A directive changes the target, so changing it must run CMake again.
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})

    carillon_read_directive(${file} sources sources)
    foreach(source IN LISTS sources)
        target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/${source})
        cmake_path(GET source PARENT_PATH folder)
        target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/${folder})
    endforeach()

    carillon_read_directive(${file} packages packages)
    carillon_link_packages(${target} ${packages})

    carillon_read_directive(${file} wrap wrapped)
    foreach(symbol IN LISTS wrapped)
        target_link_options(${target} PRIVATE -Wl,--wrap=${symbol})
    endforeach()

    carillon_read_directive(${file} flags flags)
    target_compile_options(${target} PRIVATE ${flags})
endfunction()

# Links libraries by their pkg-config names.
function(carillon_link_packages target)
    foreach(package IN LISTS ARGN)
        string(MAKE_C_IDENTIFIER "PKG_${package}" name)
        carillon_require(${name} ${package})
        target_link_libraries(${target} PRIVATE PkgConfig::${name})
    endforeach()
endfunction()
