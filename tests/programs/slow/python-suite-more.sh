#!/bin/bash
# Python's own tests of all else that uses TLS: mail, file transfer, HTTP, logging, and
# the whole of asyncio.
RECORD_AS=python-suite-more exec "$(dirname "$0")/../python-suite.sh" test_asyncio test_ftplib test_httplib test_httpservers test_imaplib \
    test_logging test_nntplib test_poplib test_smtplib test_urllib test_urllib2_localnet test_xmlrpc test_docxmlrpc
