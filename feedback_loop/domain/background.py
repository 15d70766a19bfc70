"""How common a word is in documentation at large: the background of search (D12).

Counted in 7652 docstrings of the standard library of CPython 3.11.7 by `benchmarks/background.py`, which
writes this file. Per number of documents its tokens; a token that is not here is in fewer than 3.
"""

from __future__ import annotations

from functools import cache

SIZE = 7652


def share(token: str) -> float:
    """The share of documents that hold the token, as `domain.words.tokens` gives it: above 0, at most 1."""
    return _table().get(token, 1) / SIZE


@cache
def _table() -> dict[str, int]:
    found: dict[str, int] = {}
    documents = 0
    for word in _COUNTS.split():
        if word.endswith(":"):
            documents = int(word[:-1])
        else:
            found[word] = documents
    return found


_COUNTS = """
2674: return 932: object 918: file 904: valu 824: str 790: name 741: class 738: call 723: all 690: method
675: list 654: set 651: error 636: s 632: function 616: true 595: default 578: rais 563: given 553: none
507: 1 486: instanc 479: no 474: number 461: creat 448: argu modul 440: 0 438: one 437: data 421: path 420:
any 417: line 415: current 402: 2 398: may python 390: should 385: only 379: get 368: read 362: type 361:
messag 359: specifi 357: argument byte 346: command 341: optional 340: but contain t 336: other 328: add
323: tupl 320: must 317: new 309: self 307: pass 303: like 298: same 297: exampl 296: exception 294:
character 293: result 291: widget 290: provid 289: attribut 285: first 281: text 274: fals 272: option 270:
header 267: e 263: also otherwis 260: each x 254: process 252: base 250: support 244: b 242: time 240: defin
238: writ 237: format 236: 3 code 235: key 226: item 224: either 222: so 221: encod 220: directory see 219:
context 216: includ server 212: arg case start 211: nam 209: end 208: test 207: empty handl 206: event 205:
pars 204: two 203: exist 201: allow 200: import 198: more order version 197: parameter 196: sourc wher 195:
generat stat 193: non 192: integer note 191: filenam 190: internal window 189: up 188: follow 187: clos open
sequenc 186: string 183: c 182: after mode 181: 4 i n 179: check 176: information rfc 175: found g singl
174: implementation 173: convert 171: need 169: input 168: print standard stream 167: befor dictionary
subclass 165: address content mapp output packag run 164: instead 163: they user 162: block 159: chang 158:
most whether 157: variabl 156: match remov 155: handler 154: py 153: represent some 152: specify 149: been
148: implement 147: index 145: system 143: specific sys 142: between 141: make 140: connection thes 139:
flag keyword 138: interfac thread 137: socket without 136: os request 135: int 134: form such 133: availabl
buffer size 131: entry second 130: y 129: codec last 128: 5 both dict indicat parser 127: 8 find level
position respons until 125: turtl 124: point 122: local 121: alway http info just 119: 6 118: correspond
operation possibl replac 117: construct ele wait 116: decimal pair 115: copy send 114: overrid work 113:
next 112: mean zero 111: execut loop 110: parent 109: bas being 108: decod 107: display ignor requir 106:
part 105: callabl determin valueerror 104: constructor doesn except representation 103: protocol 102:
already take 101: accept another extend them 99: search 97: futur record 96: cannot delet manager stop try
94: member 93: accord complet over resourc 92: 10 about actual normal plac root styl xml 91: different once
simpl 90: direct f initializ register 89: binary use 87: application distribution formatt multipl 86:
deprecat extension field special want 85: io stor way 84: fram helper out 83: access detail equivalent float
82: documentation done environ load shar txt valid written 81: abstract common count log port queu unix
width 80: child namespac quot rang sinc spec suppli tree underly 79: fail spac 78: depend left library
prefix through 77: dir element host referenc useful wrapper 76: compil describ exit iterabl receiv thos typ
75: exact html original r raw select url 74: append associat clear d invalid length present 73: compar
control how logger main script 72: 7 additional assum even logg mailbox negativ screen unless 71: callback
expect global separat 70: archiv don occur program 69: bit coordinat distutil docu eof would 68: bound
itself long tag 67: necessary traceback 66: stack usag 65: becaus coroutin gencodec imag o platform real
runn within 64: appropriat equal generator id mark right timeout transport yield 63: built client date full
group install look mime operand 62: boolean initial link mapping master relativ releas sett signal 61: ascii
attempt automatical invok similar 60: build doc ensur extendedcontext insert newlin node runtim 59: consider
email every help pep produc re round 58: comput limit report strict what wrap 57: assert back cach com
compiler factory here iterator omitt updat 56: lock perform total 55: abc api descriptor else instantiat na
sort whil 54: configuration immediat loader memory per property section well word 53: 64 appear canva
differenc digit extra keyerror map msg p safe turn via 52: absolut reader reset successful usual wrapp 51:
arbitrary configur connect def extract init param 50: basic final task 49: behavior custom give isn pattern
positiv query recursiv signatur syntax 48: compatibility etc generic ip made maximum network pv split target
terminat top unicod 47: impl regular tabl whitespac 46: config dur keep least particular selection several
vendor whos 45: caus charset condition could cursor escap failur func height manag policy ssl tab tar w 44:
9 avoid bind body button caller executabl explicit filter foo lead many previou random retriev stdout token
typical under warn 43: abov column component entir mock nan obj possib repr reserv sent variou zip 42: 00
expression identifier interpreter never noth pathnam structur suitabl tk ttk 41: 50 anyth color cp general
head intend join registry sub utf 40: cancell enabl enum however iso len lineno move overridden posix sax
setup trac treat 39: 32 below correct decorator down numeric own public put remain separator show sign
stderr tcl 38: datetim debug description doctest enter off offset org symbol tell thre view 37: breakpoint
constant finder hook kwarg menu normaliz pipe rather readabl schem unknown year 36: action app becom
container deriv flush miss recent rpc rule smtp subprocess temporary var 35: background beginn chunk
comparison creation debugg duplicat fd metadata pickl privat proper proxy simp subwidget takefocu transfer
34: activ alias calculat compatibl conversion day disabl exc execution featur hash insid ipv6 less modify
old selector side though trail turtlescreen 33: bytesio children docstr expand outsid pixel plu printabl too
32: assign base64 blank builtin counter domain dot effect hold literal month skip uniqu 31: around backward
bar collection comment consist cooki h inherit label modifi oserror pack post ready relat still together
utility very 30: 100 acquir algorithm ask cancel identify micsft might page readlin shell statu subsequent
taken thing typeerror unit 29: adjust against exponent finish functionality infinity ipv4 location lookup
password prompt reach resolv validat writer yet 28: 11 addition alternativ compression continu cooky differ
forward interpret max mix nest symlink v 27: browser compress fill font issu known mac occurr respectiv serv
setting someth unchang 26: able async asynchronou await char checker cls copyright definition encoder exec
fetch filesystem fix giv high identifi iterat iteration m meta ok precision prevent reason refer routin
schedul specification static suffix 25: addr again best certain convenienc direction draw dummy focu hav ie
json languag low much multi plain purpos short subset 24: 8859 act attr break bytecod cgi collect concret
dialog discard eg forc formatter indent know later lower obtain occurrenc quit subtyp tarinfo timestamp
truncat 23: 12 16 2822 alia apply asyncio attach clean databas detect divid emit encounter gnu happen
individual interactiv leav longer positional repeat resp row sampl save scop seek semantic shap shutdown
step suit summary verbos 22: 25 affect angl array box chain decoder destroy dispatch embedd everyth fold
hostnam k lib model modification partial problem recogniz restor revers runtimeerror unlik upon virtual week
wsgi 21: 20 255 anchor andr argv authentication begin cfw disk doubl dump feed fullnam gzip had hierarchy
identical l lemburg mal manipulat marc multipart numerical padd pre pyc recommend remember remot resum
retain scroll squar sure tagorid whenever won xxx 20: 30 ab annotation bitmap canonical cell channel
document dom exc_info exclud executor framework free further iff incremental operat performanc pop preced
probab relief scal site specializ statistic translat undefin upper utc 19: amount broken captur choos combin
cs delay desir dst endian external fraction glob greater higher inf larg locat machin maintain now payload
pid pos priority red reduc rest scrollbar servic silent slash src stdin symbolic templat tool transform u us
watcher 18: barrier bool borderwidth cleanup cmd consum defect dependent entity evaluat finit importerror kw
larger logical neither num operator patch polygon preserv pure session spawn stripp success timer uri www
17: 2047 60 appli backslash devic dist dott foreground ftp getopt grid guarant importlib infinit inspect mak
matcher mechanism mous nor null prepar prepend q runner serializ skipp terminal thu timezon writabl x1 y1
16: 80 along boundary cnri complex compound concatenat deal descendant diff docstring expir export fall fami
fast four graphic guess human imap isinstanc listen ls placeholder pointer predicat pretty textvariabl tix
unpack util variant visibl warranty x00 15: 128 75 allocat alternat bad behaviour big bottom certificat
convention core customiz decorat doing eoferror fallback fancy finaliz fit fork fp frozen
highlightbackground highlightcolor hint important interest iso8859 j kind let measur minimum mixin my
nearest often pc potential press quiet ratio regardless sequencematcher severity struct subelement switch
tagnam titl tls trigger uncompress underlin undo unexpect unsupport usabl visual weekday whol 14: across
arrang awar blue builder ccompiler controll copi de decid declar emin env exp expos fun geometry good
grammar highlightthickness home incomplet increas ipv iter latter legacy littl localhost mu netmask nowait
ns origin pen permission pool popen profil returncod rotat sock soon strip subdirectory tim tkinter toplevel
tripl union 13: 22 abort abs af aliv ast auto bg calendar care compilation compliant concurrent consol
debugger del design destination deviation dry dynamical efficient emax enclos hand handshak hex insensitiv
interpolation lost magic minu msvc multiprocess orient overlapp owner paus portion prior push relevant
respect seen semaphor smaller snan spe specifical specifier sslcontext submodul subtract timedelta
transparent traversabl tri unquot walk warning 12: 13 14 15 2001 24 302 822 annotat appl articl atom author
automatic bd behav cancellederror come corner declaration delegat delimiter drawn edit enough exclusiv
express faster figur fileobj find_spec formal frag hard hardwar hit idea imap4 importer indentation instruct
integral intermediat junk lambda lang legal linesep live ll login lowercas mail marker mov nicer nonzero obs
obsolet octet opcod optimiz overflow overview pane previous rb regex responsibl scan security sep slow
sometim spinbox sun testcase total_ordering track universal unlock verify wake whatever xmlrpc y2 11: 01 23
2965 31 8601 abcd activat alter among arrow attributeerror bin bz capability caught circl click coefficient
comma compact completion conform datagram delta didn digest distanc especial establish ever ext forever
front ful getattr gif hashabl hidden iana index1 index2 inexact inputsource instruction interval kept kill
linear logrecord mention middl minimal near notification notify op overwritten panedwindow paramspec portabl
processor recursion redirect renam render rep reus seq sig sigma slight stuff substitution super supp
suppress tak targetpath textiowrapper therefor toward uniform unittest weak web worker x2 z zone 10: 123 999
abcs account advanc alpha although ap arithmetic assertion asserttrue away better bunch bytearray closest
colon colormap configparser construction cycl db dbm denominator disposition division dll dtd due eliminat
emitt emulat encoding essential flow former functool garbag getitem gmt go goe green icon incom incorrect
inet invocation java le letter lzma macro major makefil matter microsecond minor mtim necessari notation
older onto perhap period pleas poll prec propagat remainder resolution sens shall slic subject sum tb tear
term third timeouterror turtleshap unlink unspecifi usernam wish world xmlreader 9: 03 17 192 3333 5322
activebackground adapt af_inet aix approach aspect asynchronous audio base_dir bzip cancellation checkbutton
choic clon connection_lost consumer cpython cte ctyp cumulativ daemon dataclass delimit dependency depth
dest distribut driv driven driver ellipsi entrypath epoch eventual expat fds fg fifo filelist guarante hello
helo hexadecimal horizontal impli implicit independent involv ipv4network issubclass justify linker longest
lt mbox merg metaclass mh microsoft ndiff notebook notimplementederror nt od opt overwrit pad padx pady
party pend physical pow probability pydoc qualifi rational rectangl ref representabl sequential
serve_forever shallow shouldn slav small smallest snapshot spec_set streamreader streamwriter subpart
substitut surrogateescap syntaxerror tarfile tcp textual trap typevar uid underscor unmodifi uuid vertical
weight xff xscrollcommand 8: 02 1000 200 2045 21 2231 34 40 42 abcdef accessibl adapter af_unix almost
alphabet apis applicabl bare bdb beyond bzip2 category caution center chosen cod collaps combobox
communication compresslevel continuation convenient cook critical crlf did distinguish drop earlier effectiv
ehlo enumeration equality esmtp fact fileno folder greet handy hierarchical holder hour incr indic inform
introspection jar jsonencoder jump launcher linux listbox localtim logic lot machinery mailcap maildir
manipulation mayb meant millisecond misc mm mmdf monitor namedtupl natural normaldist optim optionflag
optionparser ordinal orientation p_nowait p_wait pathlike percent piec pipelin populat preferr presumab
proto pull question quick rawturtle reasonabl reflect rfc822 rgb robot rollover sav seem segment shift
shorthand shown significant slider slot ss stopiteration subnormal suppos synchron themselv transmit unam
unmap unpickl unsaf unset ur val varianc whit wm xpath 7: 127 2000 45 90 addressvalueerror afterward aka
animation anywher apart approximation area assertequal attrib backup basenam basicconfig baz bcc belong beta
bz2 chainmap circular cmp colormod combination computation confus const contextual dd deep detach dev dis
disabledforeground discover dos drawing easier east easy en ending entrypoint envelop eq ex examin exceed
exhaust far fault few flatten follow_symlinks framesummary frequency gcc got gz hasn hi highlight idle imp
improv inclusion increment initializer inplac installation interaction invalidat jan knowledg launch locator
maintyp manual math maxsiz meaningful menubutton meta_path minut mod mro ms nativ nbyt newtag notifi notion
numerator odd offer optionmenu ordinary outlin overload peer pem permanent phras pi pickler population
precedenc presenc primari print_exception proc profiler qnan radiobutton referr reliabl resiz restriction rf
rfcs rt satisfy sax2 say secur selectbackground selectforeground sentinel shapesiz simplest sock_stream
softwar stamp tail terminator testsuite tracker translation tzinfo unbind unregister urllib usr vector water
wb who win x80 xb xmlparser xx yes zipimporterror zipinfo 6: 0000 18 1994 2373 256 29 33 abbb according
activeforeground activity af_inet6 agent aiff align ancestor answer approximat architectur aren aug auth
authenticat authobject awaken babyl basi blockingioerror bnf bpnumber buffer_size bug candidat capabl cfg
claim classic classnam cm co complicat conflict cookiejar couldn cours cover csv cur data_received datatyp
db8 decr default_buffer_size degre deletion disassembl dns dry_run duck dumb dynamic ed egg elem elementtree
encapsulat engin enqueu eval exe exec_module existenc explain exportselection facility failobj favor
fillcolor finalizer fixtur flexibl floor fn fnmatch fractional friend fs functional fws gather getmember
getstat gid grab graph guess_type half header_factory hmac hyphen incrementaldecoder incrementalencoder
indirect initialize_options insofar instantiation interact internet interpretation introduc invalidoperation
invariant ipv6network job kernel largest latin layout leftmost lookuperror mask matrix median min
miscellaneou mkstemp moment monday multilin multip mutabl nans newer nice nntp nonnegativ omit onclick
opener oppos overflowerror overhead paragraph passwd pathlib pause_writing pax pdb photo picklabl pkg plist
posixpath possibility power ppm prefixlen primary protocol_factory race recurs redefin refus reload relocat
rely resizemod sash scann seekabl seg serial shot simultaneous source_address splitlin stacksummary
statement statisticserror storag strong summariz sunday superclass syscall tab_id teardown telnet testmod th
thereof throw tied tilt timeit tokeniz tokenlist transaction travers tty twic typeddict tz unabl unavailabl
unbound understand unus unusabl utf8 uuencod vary visit wildcard writelin ws xz yourself zipfil zipfile 5:
07 08 1234 19 2008 250 27 3147 48 67 77 78 85 86 89 absent abstractmethod accumulat adher advantag aifc alon
alphanumeric anonymou anyway arbitrari arch arcnam as_completed assignment availability base_name basical
bdbquit bitwis border btn bufferediobase bufferedreader calculation call_soon calledprocesserror catch cc
check_output classmethod clock closer coerc col colorstr comp composit compressor consult continuou
converter coverag create_connection create_server decrement decrypt delitem dgram distinction divmod
doctestrunner dragg drain dtext echo effort encrypt enforc enhanc err eventloop expansion fileexistserror
finalize_options fine five fmt forkserver fragment fresh gamma gateway gen generation get_event_loop_policy
going grow gt hardlink heap heappop henc hh highest hlist houston iac identification ids immutabl imply
include_dirs indicator inferr insertbackground insertion intel interior interrupt ip_str ipaddress
ipv4address javascript keyfil lazy lc lf listener log10 logarithm logo mainloop manifest markup
max_line_length maxheap maxlinelen md md5 memo message_spec metavar meth msvccompiler multicall multithread
mutat nb net netscap noop notic oldest osx output_dir packet parallel parenthes past pasv path_hooks
pencolor pensiz perl pick predefin preferenc preprocessor primitiv proactor processpoolexecutor progress
prun ps ptext pth pty purepath py_varnum pypirc quantiz quitt radian rate rawiobase readon recalculat
recreat redo reformat reopen requirement rescal resume_writing retr rfc2047 rightmost risk rnum rough rout
rw scrolledlistbox seed selectabl selectborderwidth sendfil sendmail sensitiv serializabl setitem setpo
simplexmlrpcserver simulat situation sleep smtputf smtputf8 sock_dgram socketio sole someon sound spam span
sslsocket st strftim strictversion stringio subcommand substr subtre successiv sufficient supply surround
swap sync synchroniz tempdir temporari testclass tmp toggl toml topic udp un underflow upgrad urls utcoffset
va validation variability vec vs waitpid watch welcom west wheel why wide wraplength write_eof x03 xt
yscrollcommand yyyy zip64 4: 001 10000 101 1010 110 1101 123456789 1999 2005 240 247 26 28 282 32767 32768
35 37 4122 512 56 59 70 8000 821 abbreviat abbreviation abstraction ac acceptabl adjacent aexit alert
ambiguou appearanc argumentparser asn attrtext augment autospec awaitabl awoken b1 backslashreplac band
base_exec_prefix base_prefix bcde becam benefit binascii binding blocksiz branch brief broadcast builddat
bye bypass bytestr c14n ca cache_tag came carry certfil cf charjunk chrom cl clearstamp client_address
clockwis cmdclass combo compl complianc conditional consecutiv consistent constraint content_type contiguou
contribut counterclockwis covariant cpu cr create_task cross crypt cte_type ctext cut dash dataset deadlock
decompressor decreas deem defer deliver delivery develop developer diagram dirlist dirnam displayof
distribution_name distutilsfileerror doctestparser dyld eager ear easi ebcdic edge elsewher enc end_lineno
endpoint estimat expanduser expectation extensibl extract_stack extract_tb fair familiar fancy_getopt
fancygetopt fastest forkingmixin fqdn funcnam ge generatorexit get_command_obj get_opcodes get_request
getclasstre getcomptyp getframerat getnchannel getnfram getrandbit getroot getsampwidth gett goto guard
guido hack headerson heappush held helpful hide honor honour hostmask httpconnection httpresponse identity
illegal impos inclusiv inconsistent incorporat indication initialis initiat inner input_charset
insertborderwidth insertofftim insertontim insertwidth intact intenum interfer invalidate_caches
invalidation invalidation_mode invalidcommand invalidstateerror invers invert invisibl iocp ipv6address
is_package iso8601 itermonthdat january keep_blank_values keyboard labelfram lack late layer ld leaf lexical
library_dirs licens lie lightweight likewis linejunk lo logrecords lose lowest macosx magicmock malform
mandatory marshall master_fd meet mega midst mimic mind mirror modulo mon mortem motif motion multipli mung
naiv netmaskvalueerror netrc nois nonempty normalize_whitespace nov nthre ntre ntwo object_hook observ
onward opportunity originat outer output_charset overlap overridabl pan parse_args parse_float patchlevel
path_importer_cache path_info percentil permitt pgm phas plat poly pop3 predecessor preset proceed prog
programmatical project protect put_nowait pvarianc pyd qp quotation rcpt readfram readinto recipient
reconstruct recv register_shape repeatdelay repeatinterval repetition requesthandlerclass rerais res
restrict retrlin reveal rewind rewrit rfc5322 rfil rset sajip saxexception scan_mark script_name selectcolor
selectorkey server_bind sery set_event_loop set_seqs setcomptyp setframerat setlocal setnchannel setnfram
setparam setsampwidth setstat sf shareabl shelf shorter shortest sigkill similarity simpledialog siz
smtpheloerror snippet solari sophisticat sort_keys spars specialization splitt sql stand statespec std
sticky stopasynciteration stretch stretchfactor strict_parsing stub subel subnet subtraction succeed suspend
synch synchronou systemexit task_done temp tempfil termination test_prefix testresult texttestrunner think
thousand threadpoolexecutor tiff trace_dispatch tracer trapp ts typevartuple uabcd uint unconditional
undobuffer undon universal_newlines unixfrom unrelat unsupportedoperation upload v4 v6 validatecommand
vararg variation varkw venv versa vice vinay wasn whenc win32 worth wrong wt x00abc x00abcdef x03abcdef x11
x7f yellow zipimporter 3: 00000000 00000003 04 1007 1024 1100 1111 120 12345678 124 1415 1521 1766 1952 2010
2396 3977 3986 41 456 484 500 6125 72 76 8192 850 87 99 999999999 abi ability accelerat accurat acls
add_argument add_header add_library addbitmapdir advertis age aggregat agre allocation
allow_interspersed_args allow_nan alphabetical amd amd64 analogou anymor articleinfo ascii85 assertraises
assertwarns astring asynccontextmanager atext attention au averag b2 b3 backgroundcolor backlog base16
base85 basehttpserver baseserver bdist begin_fill behind bgcolor bindtag bitmim black blanklin body_encoding
bogu bold bom book boundarguments brac bracket bring bsd buf bufferedwriter bufsiz build_ext buttonpress
buttonrelease bztar c3 capacity cas cast cb cd cdata ceil cert cgihandler check_circular chmod chunksiz
circumstanc classvar clipboard closur cmdloop co_consts coded_value coercion col_offset collector commandlin
compare_total compile_command compileflag compos computer conjugat conjunction conn connection_made
constrain context_diff contextmanager cookie2 coord copy_file copytre coro counterpart cram crc criteria
ctim ctl ctx curdir curs cv cvs cygwin datefmt daylight dead deadlin dec decoded_chars decompress
decompression defaultsect demand demo density dep dereferenc desirabl despit detection diagnostic dialect
dimensional directiv disappear disassemb disconnect discovery displaylist distinct distributionfinder
distutilssetuperror dividend dlopen download dragto dropp ds dunder duration efficiency emac emu enabler
endchar ensure_ascii entrypoints enumerat environment eol ep epoll error_proto errorhandler etyp event_read
event_write exc_details exce excel exfileselectbox existent exponential export_symbols extensiv extent
extract_dir extraction extraglob extrem f_back fac feel fieldstorage file_name fileconfig filedialog
fileinput filenotfounderror fileselectbox fileselectdialog find_library find_module finish_request flash
focusin focusout forwardref foundation from_float fromfil fromlin funcid furthermor gain get_close_matches
get_config_vars get_data get_filename get_matching_blocks get_payload get_ready get_source getcompnam
getfixtur getmark getmarker getparam getset getstatusoutput geturl gmtim gravity greatest greedy guid
gzipfile gztar handle_request hashlib header_encode header_name headerparseerror helpformatter heuristic
hideturtl htmldiff httperror hypertext ibm ietf ignorabl ignore_discard impossibl incompatibl indexerror
infil inheritabl inheritanc initarg injection inlin inspectloader inst intentional interactiveinterpreter
intercept internaldat internationaliz intersection interspers intralin intrinsic introspect intuitiv intvar
iobase ip_int is_character_junk isfunction ish isocalendar item_separator joint jpeg jsondecoder keepend
key_separator koi kw_only la law lc_all leader leap libfoo libnam lifo linkag ln local_hostname localeconv
loopback loos lopener lru lwp macintosh macos manner marknam max_num_fields maxheaderlen maximal maxlen mbc
me meaning memoryview message_set metapathfinder methodhelp mid middlewar minidom minsiz mock_calls mono
mount mozilla multicast multiplexer multiplication mutual narg narrow negotiat negotiation nemu netloc
new_callable newest nonlocal nonprintabledefect north noticeabl notify_all notimplemented nsew numeric_owner
object_pairs_hook official offvalu okay onerror onvalu openpty openssl optik optimal optpars ore outcom
outerboundary outfil outputchecker p1 p2 parameteriz parse_qsl passiv pathsep pbm pendown penup persistent
pertain photoimage pip pl poll_interval popp popular postel powerful pprint practical precis preexist
preprocess product prohibit pseudo purposeful putrequest py_compile pyconfig pypi qcontent qnam qs qsiz qsl
quota quotechar radio raise_on_defect ran rare rawconfigparser reachabl reacquir realnam receipt receiver
recompil recoverabl recursionerror recwarn reentrant referent refold refresh regard region register_error
registration regression reimplementation reject relation relationship report_ndiff report_only_first_failure
reproduc requot resembl resolver resourcereader respond restart resume_reading retrieval return_annotation
return_value return_when reuse_port rfc2231 roman rossum rotation run_once safety salt scheduler scm
scrollabl sdist se selectablegroups sender separation serverproxy set_libraries set_payload set_seq1
set_seq2 settabl seven sh shapetransform shearfactor shebang shortcut sibl side_effect sigchld sigterm
simplify simultaneou sit six skipkey smtplib smtpnotsupportederror solution somewhat sp speed spirit
split_header_words sqrt sre ssl_version stal start_response startup staticmethod stdev stdlib stereo stick
stl stopp strategy streamhandler strptim studio submit subpath subscrib subscript subsequenc subst substring
subtest suffix_map superset swig sysconfig systemconfiguration t2 tagg technical techniqu telnetlib
terminateprocess testcas testrunner textfile themenam thereto till tokenizer tolin topological
transformation transient transition transmission transmitt trap_enabler treeview trip triplet trivial
troughcolor trunc trust typecheck unambiguou unary unblock unbuffer undocument unequal unfold unformatt
unicodestr unifi unified_diff unixccompiler unmapp unmarshall unpars unread unrecogniz unrecoverabl unsign
unwrapp update_wrapper uppercas urlopener user_options v2 van verifi version_info versionchang visibility
visitor w3c waiter weakref wfil wherea wiki wikipedia worry wors wouldn wrap_chunks writeabl writefram
writeframesraw x02 x8d xaf xbm xe xea xhtml xover xztar zlib
"""
