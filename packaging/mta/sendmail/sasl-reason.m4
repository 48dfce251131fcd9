divert(-1)
dnl sasl-reason with sendmail (built with SASL and our sendmail-8.patch), through Cyrus SASL and
dnl libreason.so. In sendmail.mc, above the MAILER lines:
dnl
dnl	include(`/etc/mail/sasl-reason.m4')dnl
dnl	define(`confCACERT_PATH', `/etc/ssl/certs')dnl
dnl	define(`confCACERT', `/etc/ssl/certs/ca-certificates.crt')dnl
dnl	define(`confSERVER_CERT', `/etc/mail/tls/server.crt')dnl
dnl	define(`confSERVER_KEY', `/etc/mail/tls/server.key')dnl
dnl	DAEMON_OPTIONS(`Name=MSA, Port=submission, M=Ea')dnl
dnl
dnl and Sendmail.conf of this folder in /etc/sasl2. Any of the values below that is defined before the
dnl include stays. (Without the patch this works too, with sendmail's constant text.)

dnl Challenge mechanisms (CRAM-MD5, SCRAM-SHA-256) only where every account can use them.
ifdef(`confAUTH_MECHANISMS',`',`define(`confAUTH_MECHANISMS', `PLAIN LOGIN')')

dnl A: AUTH= of MAIL only for who is logged in; p: passwords only under TLS; y: nobody anonymous.
ifdef(`confAUTH_OPTIONS',`',`define(`confAUTH_OPTIONS', `A p y')')

dnl Who is logged in may relay.
TRUST_AUTH_MECH(confAUTH_MECHANISMS)
divert(0)dnl
